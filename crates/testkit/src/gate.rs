//! A relay to a service that refuses connections until it is opened, and counts them.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// A relay to a service, closed until [`Gate::open`].
#[derive(Debug)]
pub struct Gate {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    open: AtomicBool,
    connections: AtomicUsize,
}

impl Gate {
    /// A relay to the service at `target`.
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let state = Arc::<State>::default();
        let seen = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                seen.connections.fetch_add(1, Ordering::SeqCst);
                // A client that is not relayed is dropped, which closes its connection.
                if seen.open.load(Ordering::SeqCst) {
                    // A relay ends with an error if a side closes the connection.
                    let _ = relay(client, target);
                }
            }
        });
        Self { address, state }
    }

    /// Relays all later connections.
    pub fn open(&self) {
        self.state.open.store(true, Ordering::SeqCst);
    }

    /// Number of connections, including refused ones.
    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// The endpoint URL for clients.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn relay(client: TcpStream, target: SocketAddr) -> io::Result<()> {
    let service = TcpStream::connect(target)?;
    for (mut from, mut to) in [
        (client.try_clone()?, service.try_clone()?),
        (service, client),
    ] {
        thread::spawn(move || {
            io::copy(&mut from, &mut to)?;
            to.shutdown(Shutdown::Write)
        });
    }
    Ok(())
}
