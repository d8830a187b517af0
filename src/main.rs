//! The Lambda function: settings, clients, store, run.

// The SDK nests its futures deeply.
#![recursion_limit = "256"]

use std::io::Write as _;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use cloudtrail_alarms::error::{Error, chain};
use cloudtrail_alarms::handler::{Handler, Invocation, Outcome};
use cloudtrail_alarms::notification::{ConsolePublisher, Publisher, SnsPublisher};
use cloudtrail_alarms::settings::Settings;
use cloudtrail_alarms::store::{DynamoDbStore, MemoryStore, Store};
use jiff::Timestamp;
use lambda_runtime::{LambdaEvent, service_fn};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Mutex;

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
    let sdk = sdk_config().await;
    if let Some(table) = settings.table_name.clone() {
        let client = aws_sdk_dynamodb::Client::new(&sdk);
        with_publisher(settings, DynamoDbStore::new(client, table), &sdk).await
    } else {
        tracing::warn!("STATE_TABLE_NAME is not set: counts stay in the memory of this process");
        with_publisher(settings, MemoryStore::default(), &sdk).await
    }
}

async fn with_publisher<S: Store>(
    settings: Settings,
    store: S,
    sdk: &SdkConfig,
) -> Result<(), lambda_runtime::Error> {
    if let Some(topic_arn) = settings.place.topic_arn.clone() {
        let client = aws_sdk_sns::Client::new(sdk);
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
        prefilter,
        ..
    } = settings;
    let function_name = own.function_name.clone().unwrap_or_default();
    let handler = Handler::new(alarms, store, publisher, own, place).with_prefilter(prefilter);
    let (handler, function_name) = (&handler, function_name.as_str());
    let under_way = Mutex::new(());
    let under_way = &under_way;
    let serving = Box::pin(lambda_runtime::run(service_fn(
        async move |event: LambdaEvent<Body>| {
            let _guard = under_way.lock().await;
            answer(handler, function_name, event).await
        },
    )));
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

/// The text of an invocation. What is no JSON is taken too, so that it is refused in the words of the others.
struct Body(Option<Box<RawValue>>);

impl Body {
    fn text(&self) -> &str {
        self.0.as_ref().map_or("", |json| json.get())
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        Ok(Self(Box::<RawValue>::deserialize(json).ok()))
    }
}

async fn answer<S: Store, P: Publisher>(
    handler: &Handler<S, P>,
    function_name: &str,
    event: LambdaEvent<Body>,
) -> Result<Outcome, Error> {
    let LambdaEvent { payload, context } = event;
    let now = Timestamp::now();
    let invocation = Invocation {
        request_id: context.request_id,
        function_arn: context.invoked_function_arn,
        now,
        // `cargo lambda watch` tells one of 1970.
        deadline: i64::try_from(context.deadline)
            .ok()
            .and_then(|deadline| Timestamp::from_millisecond(deadline).ok())
            .filter(|deadline| *deadline > now),
    };
    let (result, mut measured) = handler.handle(payload.text(), &invocation).await;
    let now = Timestamp::now();
    measured.duration = now.as_millisecond() - invocation.now.as_millisecond();
    let document = measured.to_emf(function_name, &invocation.request_id, now);
    // Metrics are no reason to fail an invocation that did its work.
    if let Err(error) = writeln!(std::io::stdout(), "{document}") {
        tracing::warn!(%error, "cannot write the metrics");
    }
    result.inspect_err(|error| {
        tracing::error!(
            error_type = error.error_type(),
            error = chain(error),
            "the invocation failed"
        );
    })
}

/// An HTTP client that starts with its first request.
///
/// The SDK would have it read the system's certificates when a client is made, which is most of what the start of the
/// function takes, and most invocations need neither table nor topic.
#[derive(Debug)]
struct WhenNeeded(SharedHttpClient);

impl HttpClient for WhenNeeded {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.0.http_connector(settings, components)
    }
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
        .http_client(WhenNeeded(http))
        .timeout_config(timeouts)
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(MAX_ATTEMPTS)
                .with_max_backoff(MAX_PAUSE),
        )
        .load()
        .await
}
