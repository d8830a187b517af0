//! The Lambda function: reads the settings, creates clients and store, and serves invocations.

// The SDK nests its futures deeply.
#![recursion_limit = "256"]

mod raw_event;

use std::io::Write as _;
use std::sync::Arc;
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
use cloudtrail_alarms::metrics::DeclaredMetrics;
use cloudtrail_alarms::notification::{ConsolePublisher, Publisher, SnsPublisher};
use cloudtrail_alarms::settings::Settings;
use cloudtrail_alarms::store::{DynamoDbStore, MemoryStore, Store};
use jiff::Timestamp;
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::tower::util::MapRequestLayer;
use lambda_runtime::{Context, Diagnostic, LambdaEvent, Runtime, service_fn};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::OnceCell;

use raw_event::{RawEvent, RawEventSlot};

/// Timeout of one request to the table or the topic, which usually answer within milliseconds.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);

/// Timeout of a request with its retries. A service that does not answer fails the invocation with a reason.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(15);

/// Maximum number of attempts of a request that is throttled or not answered. The pauses between them double, with jitter, up
/// to [`OPERATION_TIMEOUT`] or the deadline of the invocation.
const MAX_ATTEMPTS: u32 = 10;

/// Maximum pause between two attempts.
const MAX_PAUSE: Duration = Duration::from_secs(3);

/// Time that a running invocation has to end after SIGTERM.
///
/// Lambda sends SIGTERM only if an extension is registered, and kills the environment at most 500 ms later (Lambda Developer
/// Guide, "Shutdown phase"). This function has nothing to flush and registers none. Containers and `cargo lambda watch` send
/// SIGTERM to every process.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(250);

/// Time to send the response of an invocation that has ended.
const RESPONSE_GRACE: Duration = Duration::from_millis(50);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_runtime::tracing::init_default_subscriber();
    // A value that is not UTF-8 counts as set, and is reported with the other errors.
    let variable =
        |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    let read = |path: &std::path::Path| std::fs::read_to_string(path);
    let settings = Settings::from_environment(&variable, &read).inspect_err(|error| {
        tracing::error!("{error}");
    })?;
    let sdk = Arc::new(OnceCell::new());
    if let Some(table) = settings.table_name.clone() {
        let client = lazy_client(&sdk, aws_sdk_dynamodb::Client::new);
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
    if let Some(topic_arn) = settings.deployment.topic_arn.clone() {
        let client = lazy_client(sdk, aws_sdk_sns::Client::new);
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
        deployment,
        record_parser,
        function_name,
        declared_metrics,
        configuration_problems,
        ..
    } = settings;
    for problem in &configuration_problems {
        tracing::error!("{problem}");
    }
    let handler = Handler::new(alarms, store, publisher, own, deployment)
        .with_record_parser(record_parser)
        .with_configuration_problems(configuration_problems);
    let handler = &handler;
    let log_line = LogLine {
        declared_metrics,
        function_name: &function_name,
    };
    let running = tokio::sync::Mutex::new(());
    let running = &running;
    let slot = RawEventSlot::default();
    let event_slot = slot.clone();
    let service = service_fn(move |event: LambdaEvent<RawEvent>| {
        let text = event_slot.take();
        async move {
            let _guard = running.lock().await;
            respond(handler, log_line, &text, event.context).await
        }
    });
    let take_body = MapRequestLayer::new(move |invocation| slot.fill(invocation));
    let runtime = Runtime::new(service).layer(take_body);
    let serving = Box::pin(runtime.layer(TracingLayer::new()).run());
    let mut shutdown = signal(SignalKind::terminate())?;
    let ending = async {
        shutdown.recv().await;
        // Every decision is stored as it is made, so the next invocation continues what stops here.
        let ended = tokio::time::timeout(SHUTDOWN_GRACE, running.lock())
            .await
            .is_ok();
        tokio::time::sleep(RESPONSE_GRACE).await;
        tracing::info!(ended, "the environment shuts down");
    };
    tokio::select! {
        result = serving => result,
        () = ending => Ok(()),
    }
}

/// Settings of the line that each invocation writes to the log.
#[derive(Clone, Copy, Debug)]
struct LogLine<'a> {
    declared_metrics: DeclaredMetrics,
    function_name: &'a str,
}

/// Handles one event, writes the metrics of the invocation, and returns the response.
async fn respond<S: Store, P: Publisher>(
    handler: &Handler<S, P>,
    log_line: LogLine<'_>,
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
    let (result, mut metrics) = handler.handle(event, &invocation).await;
    let now = Timestamp::now();
    metrics.duration = now.as_millisecond() - invocation.now.as_millisecond();
    let LogLine {
        declared_metrics,
        function_name,
    } = log_line;
    let request_id = &invocation.request_id;
    let mut document = metrics.to_emf(declared_metrics, function_name, request_id, now);
    // One write for the line and its end.
    document.push('\n');
    // Missing metrics must not fail an invocation that did its work.
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

/// A client that is created on first use. The SDK configuration, the client and the system's certificates would take most of
/// the start time of the function, and most invocations need neither table nor topic.
fn lazy_client<C: 'static>(
    sdk: &Arc<OnceCell<SdkConfig>>,
    client: fn(&SdkConfig) -> C,
) -> LazyClient<C> {
    let sdk = Arc::clone(sdk);
    LazyClient::new(move || {
        let sdk = Arc::clone(&sdk);
        Box::pin(async move { client(sdk.get_or_init(sdk_config).await) })
    })
}

/// The SDK configuration. Its TLS provider is ring, which starts in a tenth of the time of the default one.
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
