//! The Lambda function: settings, clients, store, run.

// The SDK nests its futures deeply.
#![recursion_limit = "256"]

use std::io::Write as _;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use cloudtrail_alarms::client::LazyClient;
use cloudtrail_alarms::error::chain;
use cloudtrail_alarms::handler::{Handler, Invocation, Outcome};
use cloudtrail_alarms::notification::{ConsolePublisher, Publisher, SnsPublisher};
use cloudtrail_alarms::settings::Settings;
use cloudtrail_alarms::store::{DynamoDbStore, MemoryStore, Store};
use jiff::Timestamp;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::util::MapRequestLayer;
use lambda_runtime::{Context, Diagnostic, LambdaEvent, LambdaInvocation, Runtime, service_fn};
use serde::{Deserialize, Deserializer};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::OnceCell;

/// How long one request to a table or topic may take; they answer within milliseconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long a request may take with its repetitions: a service that does not answer fails the invocation with a reason.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(15);

/// How often a request is tried that was throttled or got no answer: with pauses that double and vary, up to
/// [`OPERATION_TIMEOUT`] or the invocation's deadline.
const MAX_ATTEMPTS: u32 = 10;

/// How long the longest of those pauses is.
const MAX_PAUSE: Duration = Duration::from_secs(3);

/// How long an invocation under way may take to end when the process is told to. Lambda tells an environment only where
/// an extension is registered, and then kills it after 500 ms at most (Lambda Developer Guide, "Shutdown phase"); this
/// function has nothing to flush and registers none. Containers and `cargo lambda watch` tell every process.
const SHUTDOWN: Duration = Duration::from_millis(250);

/// How long the answer of an invocation that has ended may take to be on its way.
const ANSWER: Duration = Duration::from_millis(50);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_runtime::tracing::init_default_subscriber();
    // What is no UTF-8 is set all the same, and refused with the others.
    let variable =
        |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    let read = |path: &std::path::Path| std::fs::read_to_string(path);
    let settings = Settings::from_environment(&variable, &read).inspect_err(|error| {
        tracing::error!("{error}");
    })?;
    let sdk = Arc::new(OnceCell::new());
    if let Some(table) = settings.table_name.clone() {
        let client = lazily(&sdk, aws_sdk_dynamodb::Client::new);
        with_publisher(settings, DynamoDbStore::new(client, table), &sdk).await
    } else {
        tracing::warn!("STATE_TABLE_NAME is not set: counts stay in the memory of this process");
        with_publisher(settings, MemoryStore::default(), &sdk).await
    }
}

async fn with_publisher<S: Store>(
    settings: Settings,
    store: S,
    sdk: &Arc<OnceCell<SdkConfig>>,
) -> Result<(), lambda_runtime::Error> {
    if let Some(topic_arn) = settings.place.topic_arn.clone() {
        let client = lazily(sdk, aws_sdk_sns::Client::new);
        serve(settings, store, SnsPublisher::new(client, topic_arn)).await
    } else {
        tracing::warn!("ALARM_TOPIC_ARN is not set: notifications are printed");
        serve(settings, store, ConsolePublisher).await
    }
}

async fn serve<S: Store, P: Publisher>(
    settings: Settings,
    store: S,
    publisher: P,
) -> Result<(), lambda_runtime::Error> {
    let Settings {
        alarms,
        own,
        place,
        record_parser,
        function_name,
        configuration_problems,
        ..
    } = settings;
    for problem in &configuration_problems {
        tracing::error!("{problem}");
    }
    let handler = Handler::new(alarms, store, publisher, own, place)
        .with_record_parser(record_parser)
        .with_configuration_problems(configuration_problems);
    let (handler, function_name) = (&handler, function_name.as_str());
    let under_way = tokio::sync::Mutex::new(());
    let under_way = &under_way;
    let body = Mutex::new(String::new());
    let body = &body;
    let answering = service_fn(async move |event: LambdaEvent<Elsewhere>| {
        let _guard = under_way.lock().await;
        let text = mem::take(&mut *body.lock().unwrap_or_else(PoisonError::into_inner));
        answer(handler, function_name, &text, event.context).await
    });
    let keeping = MapRequestLayer::new(move |mut invocation: LambdaInvocation| {
        let bytes = mem::take(&mut invocation.body);
        // Bytes that are no text become U+FFFD: where they matter the event is refused, and the fault says where.
        let text = String::from_utf8(bytes.into())
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        *body.lock().unwrap_or_else(PoisonError::into_inner) = text;
        invocation
    });
    let runtime = Runtime::new(answering).layer(keeping);
    let serving = Box::pin(runtime.layer(TracingLayer::new()).run());
    let mut shutdown = signal(SignalKind::terminate())?;
    let ending = async {
        shutdown.recv().await;
        // Everything is stored as it is decided: what is cut off here, the next invocation finds and ends.
        let ended = tokio::time::timeout(SHUTDOWN, under_way.lock())
            .await
            .is_ok();
        tokio::time::sleep(ANSWER).await;
        tracing::info!(ended, "the environment shuts down");
    };
    tokio::select! {
        result = serving => result,
        () = ending => Ok(()),
    }
}

/// Stands for the event where the runtime would parse it, and copy it for that: its text goes round the runtime as it was
/// received.
struct Elsewhere;

impl<'de> Deserialize<'de> for Elsewhere {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

async fn answer<S: Store, P: Publisher>(
    handler: &Handler<S, P>,
    function_name: &str,
    event: &str,
    context: Context,
) -> Result<Outcome, Diagnostic> {
    let now = Timestamp::now();
    let invocation = Invocation {
        request_id: context.request_id,
        function_arn: context.invoked_function_arn,
        now,
        replayed: None,
        // `cargo lambda watch` sends a deadline in 1970.
        deadline: i64::try_from(context.deadline)
            .ok()
            .and_then(|deadline| Timestamp::from_millisecond(deadline).ok())
            .filter(|deadline| *deadline > now),
    };
    let (result, mut measured) = handler.handle(event, &invocation).await;
    let now = Timestamp::now();
    measured.duration = now.as_millisecond() - invocation.now.as_millisecond();
    let mut document = measured.to_emf(function_name, &invocation.request_id, now);
    // One write for the line and its end.
    document.push('\n');
    // Metrics are no reason to fail an invocation that did its work.
    if let Err(error) = std::io::stdout().write_all(document.as_bytes()) {
        tracing::warn!(%error, "cannot write the metrics");
    }
    result.map_err(|error| {
        let diagnostic = Diagnostic {
            error_type: error.error_type().to_owned(),
            error_message: chain(&error),
        };
        tracing::error!(
            error_type = diagnostic.error_type,
            error = diagnostic.error_message,
            "the invocation failed"
        );
        diagnostic
    })
}

/// A client of a service. The SDK's configuration, the client and the system's certificates, which it reads, are most of
/// what the start of the function would take, and most invocations need neither table nor topic.
fn lazily<C: 'static>(
    sdk: &Arc<OnceCell<SdkConfig>>,
    client: fn(&SdkConfig) -> C,
) -> LazyClient<C> {
    let sdk = Arc::clone(sdk);
    LazyClient::new(move || {
        let sdk = Arc::clone(&sdk);
        Box::pin(async move { client(sdk.get_or_init(sdk_config).await) })
    })
}

/// The SDK with ring as its TLS provider, which starts in a tenth of the time that the default one takes.
async fn sdk_config() -> SdkConfig {
    let http = Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(MAX_ATTEMPTS)
                .with_max_backoff(MAX_PAUSE),
        )
        .load()
        .await
}
