//! The one door through which work that blocks leaves the async threads.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// Where blocking work runs.
#[derive(Debug, Clone)]
pub enum Offload {
    /// On tokio's blocking threads, so many at once; the others wait in line.
    Threads(Arc<Semaphore>),
    /// In place: inside a simulation a thread would stop or outrun the simulated clock.
    Inline,
}

impl Offload {
    /// At most `at_once` threads.
    pub fn threads(at_once: usize) -> Self {
        Self::Threads(Arc::new(Semaphore::new(at_once)))
    }

    /// Runs `work` and gives back what it made. A panic in it goes on here.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        match self {
            Self::Inline => work(),
            Self::Threads(slots) => {
                let slot = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
                let done = tokio::task::spawn_blocking(move || {
                    let _slot = slot;
                    work()
                });
                match done.await {
                    Ok(made) => made,
                    Err(ended) => match ended.try_into_panic() {
                        Ok(panic) => std::panic::resume_unwind(panic),
                        // Blocking work is only given up when the runtime goes down, and we with it.
                        Err(_) => std::future::pending().await,
                    },
                }
            }
        }
    }
}
