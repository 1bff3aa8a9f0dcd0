//! A live session's two tasks: one always reads, one writes. Neither ever waits for the other.

use std::time::Duration;

use snug_proto::limits::{CHANGES_IN_FLIGHT_MAX, FRAME_MAX, WRITE_STALL_TIMEOUT};
use snug_proto::talk::{Call, Down};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Input, TaskId};
use crate::dial::{FrameReader, FrameWriter, Wire};

/// Calls that may wait for the writer: all changes in flight, and everything else the engine ever asks at once.
pub(super) const CALLS_WAITING_MAX: usize = CHANGES_IN_FLIGHT_MAX + 64;
/// Frames handed over together.
const FRAMES_TOGETHER_MAX: usize = 256;
/// Bytes written together.
const WRITE_TOGETHER: usize = 128 * 1024;

/// Runs until the connection ends, one way or the other.
pub(super) async fn run(
    wire: Wire,
    dead: Duration,
    calls: mpsc::Receiver<Call>,
    id: TaskId,
    inputs: mpsc::Sender<Input>,
) {
    let Wire { reader, writer } = wire;
    tokio::select! {
        // In a fixed order, so that a simulation repeats.
        biased;
        () = read(reader, dead, id, &inputs) => {}
        () = write(writer, calls) => {}
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
