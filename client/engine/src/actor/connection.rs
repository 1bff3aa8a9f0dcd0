//! A live session's two tasks: one always reads, one writes. Neither ever waits for the other.

use std::pin::pin;
use std::time::Duration;

use snug_proto::limits::{CHANGES_IN_FLIGHT_MAX, FRAME_MAX, WRITE_STALL_TIMEOUT};
use snug_proto::talk::{Call, Down};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Input, TaskId};
use crate::dial::{FrameReader, FrameWriter, Wire};

/// Calls that may wait for the writer: all changes in flight, and everything else the engine ever asks at once.
const CALLS_WAITING_MAX: usize = CHANGES_IN_FLIGHT_MAX + 64;
/// Frames handed over together.
const FRAMES_TOGETHER_MAX: usize = 256;
/// Bytes written together.
const WRITE_TOGETHER: usize = 128 * 1024;

/// How long a peer that takes nothing any more is heard out.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Where calls are handed to the connection.
#[derive(Debug)]
pub(super) struct Calls(mpsc::Sender<Call>);

impl Calls {
    /// A place for calls, and where they come out.
    pub(super) fn new() -> (Self, mpsc::Receiver<Call>) {
        let (calls, outgoing) = mpsc::channel(CALLS_WAITING_MAX);
        (Self(calls), outgoing)
    }

    /// Hands a call over. `false` when the connection is stuck: what is ever asked at once is less than fits. One that
    /// has ended takes everything: what it heard before may still wait to be looked at, an answer or a goodbye among it,
    /// and the [`Input::Cut`] comes behind that.
    pub(super) fn hand_over(&self, call: Call) -> bool {
        !matches!(self.0.try_send(call), Err(mpsc::error::TrySendError::Full(_)))
    }
}

/// Runs until the connection ends, one way or the other.
pub(super) async fn run(
    wire: Wire,
    dead: Duration,
    calls: mpsc::Receiver<Call>,
    id: TaskId,
    inputs: mpsc::Sender<Input>,
) {
    let Wire { reader, writer } = wire;
    {
        let mut reading = pin!(read(reader, dead, id, &inputs));
        tokio::select! {
            // In a fixed order, so that a simulation repeats.
            biased;
            () = &mut reading => {}
            () = write(writer, calls) => {
                // Who takes no more words may have said why.
                let _ = timeout(LAST_WORDS, reading).await;
            }
        }
    }
    let _ = inputs.send(Input::Cut(id)).await;
}

async fn read(mut reader: FrameReader, dead: Duration, id: TaskId, inputs: &mpsc::Sender<Input>) {
    while let Ok(Ok(first)) = timeout(dead, reader.read::<Down>(FRAME_MAX)).await {
        let mut frames = vec![first];
        while frames.len() < FRAMES_TOGETHER_MAX {
            match reader.ready(FRAME_MAX) {
                Ok(Some(frame)) => frames.push(frame),
                // What cannot be read is met again by the next read.
                Ok(None) | Err(_) => break,
            }
        }
        if inputs.send(Input::Frames(id, frames)).await.is_err() {
            return;
        }
    }
}

async fn write(mut writer: FrameWriter, mut calls: mpsc::Receiver<Call>) {
    while let Some(first) = calls.recv().await {
        let mut next = Some(first);
        while let Some(call) = next {
            if writer.push(&call, FRAME_MAX).is_err() {
                return;
            }
            next = if writer.waiting() < WRITE_TOGETHER { calls.try_recv().ok() } else { None };
        }
        if !matches!(timeout(WRITE_STALL_TIMEOUT, writer.flush()).await, Ok(Ok(()))) {
            return;
        }
    }
    writer.close().await;
}

#[cfg(test)]
mod tests {
    use snug_proto::talk::Request;

    use super::*;

    #[test]
    fn a_connection_that_has_ended_is_not_one_that_is_stuck() {
        let (calls, outgoing) = Calls::new();
        let ping = || Call { id: 0, request: Request::Ping };
        assert!((0..CALLS_WAITING_MAX).all(|_| calls.hand_over(ping())));
        assert!(!calls.hand_over(ping()), "nobody takes anything");
        drop(outgoing);
        assert!(calls.hand_over(ping()), "what it heard before it ended comes first");
    }
}
