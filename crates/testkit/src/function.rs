//! The built function as a process, and its environment variables.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::mem;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Span;
use serde::Deserialize;
use serde_json::Value;

use crate::alarms::TASK_ROLE;
use crate::events::scheduled_run;
use crate::fake_clock::FakeClock;
use crate::repository;
use crate::runtime_api::{Answer, Invocation, RuntimeApi};

/// Timeout of an invocation. It is long, so that a slow machine does not fail tests.
pub const TIMEOUT: Duration = Duration::from_mins(1);

/// The binary of the function, and the environment variables with which it starts.
#[derive(Clone, Debug)]
pub struct Environment {
    binary: PathBuf,
    variables: BTreeMap<String, String>,
}

impl Environment {
    /// The environment variables that Lambda sets. `binary` is the path of the built function.
    pub fn new(binary: impl AsRef<Path>) -> Self {
        let root = repository::root().display().to_string();
        let variables = [
            ("AWS_REGION", "ap-southeast-2"),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "no-secret"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_LAMBDA_FUNCTION_NAME", "cloudtrail-alarms"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("LAMBDA_TASK_ROOT", &root),
            ("ECS_TASK_ROLE_ARN", TASK_ROLE),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            binary: binary.as_ref().to_owned(),
            variables: variables.into(),
        }
    }

    /// Sets a variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Removes a variable.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// Starts the function.
    pub fn start(self) -> FunctionProcess {
        let api = RuntimeApi::start();
        let clock = FakeClock::new();
        let mut process = Command::new(self.binary)
            .env_clear()
            .envs(self.variables)
            .envs(clock.variables())
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cargo has built the function");
        let output = vec![
            read_in_background(process.stdout.take().expect("stdout is piped")),
            read_in_background(process.stderr.take().expect("stderr is piped")),
        ];
        FunctionProcess {
            process,
            api,
            output,
            clock,
        }
    }
}

/// Reads a stream to its end on its own thread, so that the function is never blocked by a full pipe.
fn read_in_background(mut stream: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        stream
            .read_to_string(&mut text)
            .expect("the function writes UTF-8");
        text
    })
}

/// A running function. It is killed when the value is dropped.
#[derive(Debug)]
pub struct FunctionProcess {
    process: Child,
    api: RuntimeApi,
    output: Vec<JoinHandle<String>>,
    clock: FakeClock,
}

/// An invocation's error, as Lambda reports it to the caller.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionError {
    /// The kind of the error.
    pub error_type: String,
    /// The message.
    pub error_message: String,
}

impl FunctionProcess {
    /// Sets the clock of the process ahead. Deadlines of later invocations are in the past of that clock only, because the
    /// Runtime API uses the real time.
    pub fn set_ahead(&self, ahead: Span) {
        self.clock.set_ahead(ahead);
    }

    /// Sets the clock ahead, and invokes the function for a scheduled run. Returns the reply.
    #[track_caller]
    pub fn run_after(&mut self, ahead: Span) -> Value {
        self.set_ahead(ahead);
        self.invoke(&scheduled_run())
            .expect("a scheduled run succeeds")
    }

    /// Invokes the function with an event, and returns its reply.
    #[track_caller]
    pub fn invoke(&mut self, event: &Value) -> Result<Value, FunctionError> {
        self.invoke_text(&event.to_string(), TIMEOUT)
    }

    /// Invokes the function with any text and a time until the deadline.
    #[track_caller]
    pub fn invoke_text(&mut self, event: &str, timeout: Duration) -> Result<Value, FunctionError> {
        self.try_invoke(event, timeout)
            .unwrap_or_else(|why| panic!("{why} before it replied"))
    }

    /// Invokes a function that may end before it replies. Then the outer error describes its end.
    pub fn try_invoke(
        &mut self,
        event: &str,
        timeout: Duration,
    ) -> Result<Result<Value, FunctionError>, String> {
        self.begin(event, timeout);
        // The function has to reply before its deadline. This limit only ends the test if it does not.
        Ok(match self.answer(timeout + TIMEOUT)? {
            Answer::Response(json) => Ok(serde_json::from_str(&json).expect("a reply is JSON")),
            Answer::Error(json) => {
                Err(serde_json::from_str(&json).expect("an error has a type and a message"))
            }
            Answer::InitError(json) => panic!("the function does not start: {json}"),
        })
    }

    /// Invokes the function without waiting for its reply.
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

    /// Waits until the function exits, and returns whether it exits successfully.
    pub fn exits_successfully(&mut self) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < TIMEOUT {
            if let Some(status) = self.status() {
                return status.success();
            }
            thread::sleep(Duration::from_millis(5));
        }
        false
    }

    /// The process ID.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    fn answer(&mut self, timeout: Duration) -> Result<Answer, String> {
        let begin = Instant::now();
        while begin.elapsed() < timeout {
            // The exit is checked before the reply, because a function may exit after it has replied.
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

    /// Waits for the exit of a function that cannot start. Returns its initialization error, if any, and its output.
    #[track_caller]
    pub fn fail_to_start(mut self) -> String {
        let error = match self.answer(TIMEOUT) {
            Ok(Answer::InitError(json)) => json,
            Ok(answer) => panic!("it started and answered {answer:?}"),
            Err(why) => why,
        };
        let begin = Instant::now();
        while begin.elapsed() < TIMEOUT && self.status().is_none() {
            thread::sleep(Duration::from_millis(20));
        }
        let status = self.status().expect("a function that cannot start exits");
        assert!(!status.success(), "the exit status is that of a failure");
        error + "\n" + &self.stop()
    }

    fn status(&mut self) -> Option<ExitStatus> {
        self.process
            .try_wait()
            .expect("the function is a child of this process")
    }

    /// Peak memory of the process so far, in bytes.
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

    /// Kills the function, and returns all its output.
    pub fn stop(mut self) -> String {
        self.kill();
        mem::take(&mut self.output)
            .into_iter()
            .map(|stream| stream.join().expect("a reader does not panic"))
            .collect()
    }

    fn kill(&mut self) {
        // The process may have exited already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for FunctionProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
