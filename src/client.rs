//! Clients of AWS services, made when they are first needed: most invocations need none.

use std::fmt;
use std::future::{Future, ready};
use std::pin::Pin;

use tokio::sync::OnceCell;

/// A client in the making.
pub type Making<C> = Pin<Box<dyn Future<Output = C> + Send>>;

/// A client that is there, or that is made when it is first asked for.
pub struct LazyClient<C> {
    made: OnceCell<C>,
    make: Box<dyn Fn() -> Making<C> + Send + Sync>,
}

impl<C> LazyClient<C> {
    /// One that `make` makes, once.
    pub fn new(make: impl Fn() -> Making<C> + Send + Sync + 'static) -> Self {
        Self {
            made: OnceCell::new(),
            make: Box::new(make),
        }
    }

    /// The client.
    pub fn get(&self) -> impl Future<Output = &C> {
        self.made.get_or_init(|| (self.make)())
    }
}

impl<C: Clone + Send + Sync + 'static> From<C> for LazyClient<C> {
    /// One that is there.
    fn from(client: C) -> Self {
        Self::new(move || Box::pin(ready(client.clone())))
    }
}

impl<C> fmt::Debug for LazyClient<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyClient")
            .field("is_made", &self.made.initialized())
            .finish_non_exhaustive()
    }
}
