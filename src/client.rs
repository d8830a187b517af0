//! Clients of AWS services, created on first use: most invocations need none.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;

use tokio::sync::OnceCell;

/// Future that creates a client.
pub type ClientFuture<C> = Pin<Box<dyn Future<Output = C> + Send>>;

/// A client that is created on first use.
pub struct LazyClient<C> {
    client: OnceCell<C>,
    create: Box<dyn Fn() -> ClientFuture<C> + Send + Sync>,
}

impl<C> LazyClient<C> {
    /// A client that `create` creates, once.
    pub fn new(create: impl Fn() -> ClientFuture<C> + Send + Sync + 'static) -> Self {
        Self {
            client: OnceCell::new(),
            create: Box::new(create),
        }
    }

    /// Returns the client, and creates it if necessary.
    pub fn get(&self) -> impl Future<Output = &C> {
        self.client.get_or_init(|| (self.create)())
    }
}

impl<C: Clone + Send + Sync + 'static> From<C> for LazyClient<C> {
    /// Wraps an existing client.
    fn from(client: C) -> Self {
        Self::new(move || Box::pin(ready(client.clone())))
    }
}

impl<C> fmt::Debug for LazyClient<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyClient")
            .field("is_created", &self.client.initialized())
            .finish_non_exhaustive()
    }
}
