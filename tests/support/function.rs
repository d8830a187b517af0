//! The built function as a process, and its environment.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::mem;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};

use jiff::Span;

use super::clock::Clock;
use super::runtime_api::{Answer, Invocation, RuntimeApi};

/// How long an invocation may take; generous, since a busy machine is no failure.
pub const TIMEOUT: Duration = Duration::from_mins(1);

/// The environment that Lambda would give the function.
pub struct Environment(BTreeMap<String, String>);

impl Default for Environment {
    fn default() -> Self {
        let variables = [
            ("AWS_REGION", "ap-southeast-2"),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "no-secret"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_LAMBDA_FUNCTION_NAME", "cloudtrail-alarms"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("LAMBDA_TASK_ROOT", env!("CARGO_MANIFEST_DIR")),
            (
                "ECS_TASK_ROLE_ARN",
                "arn:aws:iam::111122223333:role/pattern1-application-task",
            ),
        ];
        Self(
            variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }
}

impl Environment {
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// Starts the function.
    pub fn start(self) -> Function {
        let api = RuntimeApi::start();
        let clock = Clock::new();
        let mut process = Command::new(env!("CARGO_BIN_EXE_cloudtrail-alarms-function"))
            .env_clear()
            .envs(self.0)
            .envs(clock.variables())
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cargo has built the function");
        let output = vec![
            read_aside(process.stdout.take().expect("stdout is piped")),
            read_aside(process.stderr.take().expect("stderr is piped")),
        ];
        Function {
            process,
            api,
            output,
            clock,
        }
    }
}

/// Reads a stream to its end on a thread of its own, so that the function never waits for a reader.
fn read_aside(mut stream: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        stream
            .read_to_string(&mut text)
            .expect("the function writes UTF-8");
        text
    })
}

/// The function, running.
pub struct Function {
    process: Child,
    api: RuntimeApi,
    output: Vec<JoinHandle<String>>,
    clock: Clock,
}

/// An invocation's error, as Lambda reports it to the caller.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionError {
    pub error_type: String,
    pub error_message: String,
}

impl Function {
    /// Sets the clock of the process ahead by this much. Invocations after that have no deadline: Lambda's clock is not
    /// set ahead.
    pub fn set_ahead(&self, ahead: Span) {
        self.clock.set_ahead(ahead);
    }

    /// Makes a scheduled run as long after the start of the function.
    #[track_caller]
    pub fn run_after(&mut self, ahead: Span) -> Value {
        self.set_ahead(ahead);
        let run = json!({"source": "cloudtrail-alarms.tick"});
        self.invoke(&run).expect("a scheduled run is answered")
    }

    /// Invokes the function with an event and waits for its reply.
    #[track_caller]
    pub fn invoke(&mut self, event: &Value) -> Result<Value, FunctionError> {
        self.invoke_text(&event.to_string(), TIMEOUT)
    }

    /// Invokes the function with an event that need not be JSON, and a time until its deadline.
    #[track_caller]
    pub fn invoke_text(&mut self, event: &str, timeout: Duration) -> Result<Value, FunctionError> {
        self.try_invoke(event, timeout)
            .unwrap_or_else(|why| panic!("{why} before it replied"))
    }

    /// Invokes a function that may end before it replies; then the error says how.
    pub fn try_invoke(
        &mut self,
        event: &str,
        timeout: Duration,
    ) -> Result<Result<Value, FunctionError>, String> {
        self.begin(event, timeout);
        // The function knows its deadline; how punctual it is, a busy machine cannot tell.
        Ok(match self.answer(timeout + TIMEOUT)? {
            Answer::Response(json) => Ok(serde_json::from_str(&json).expect("a reply is JSON")),
            Answer::Error(json) => {
                Err(serde_json::from_str(&json).expect("an error has a type and a message"))
            }
            Answer::InitError(json) => panic!("the function does not start: {json}"),
        })
    }

    /// Invokes the function and does not wait for its reply.
    pub fn begin(&self, event: &str, timeout: Duration) {
        let invocation = Invocation {
            event: event.to_owned(),
            timeout,
        };
        self.api
            .invocations
            .send(invocation)
            .expect("the Runtime API runs as long as the function");
    }

    /// Whether the function ends by itself, and without an error.
    pub fn ends_well(&mut self) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < TIMEOUT {
            if let Some(status) = self.status() {
                return status.success();
            }
            thread::sleep(Duration::from_millis(5));
        }
        false
    }

    /// The function's process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    fn answer(&mut self, timeout: Duration) -> Result<Answer, String> {
        let begin = Instant::now();
        while begin.elapsed() < timeout {
            // A reply that is there already counts even where the function has ended since.
            let ended = self
                .process
                .try_wait()
                .expect("the function is a child of this process");
            match self.api.answers.recv_timeout(Duration::from_millis(20)) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err("the Runtime API ended".to_owned());
                }
            }
            if let Some(status) = ended {
                return Err(format!("the function ended ({status})"));
            }
        }
        Err(format!("{timeout:?} went by"))
    }

    /// Waits for a function that cannot start, and gives what it said: its output, and its init error where it posted one.
    #[track_caller]
    pub fn refuses_to_start(mut self) -> String {
        let said = match self.answer(TIMEOUT) {
            Ok(Answer::InitError(json)) => json,
            Ok(answer) => panic!("nothing was asked, and yet: {answer:?}"),
            Err(why) => why,
        };
        let begin = Instant::now();
        while begin.elapsed() < TIMEOUT && self.status().is_none() {
            thread::sleep(Duration::from_millis(20));
        }
        let status = self.status().expect("a function that cannot start ends");
        assert!(
            !status.success(),
            "a function that cannot start says so by its exit status"
        );
        said + "\n" + &self.stop()
    }

    fn status(&mut self) -> Option<ExitStatus> {
        self.process
            .try_wait()
            .expect("the function is a child of this process")
    }

    /// The most memory that the function has held so far, in bytes.
    pub fn peak_memory(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        status
            .lines()
            .find_map(|line| {
                line.strip_prefix("VmHWM:")?
                    .trim()
                    .strip_suffix(" kB")?
                    .parse::<u64>()
                    .ok()
            })
            .map(|kilobytes| kilobytes << 10)
            .ok_or_else(|| io::Error::other("no VmHWM"))
    }

    /// Ends the function, as Lambda ends one, without a word, and gives all that it has printed.
    pub fn stop(mut self) -> String {
        self.kill();
        mem::take(&mut self.output)
            .into_iter()
            .map(|stream| stream.join().expect("a reader does not panic"))
            .collect()
    }

    fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.kill();
    }
}
