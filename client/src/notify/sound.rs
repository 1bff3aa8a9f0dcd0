//! The chime: made in code, never blocks, never prints, never fails loudly.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rodio::{DeviceSinkBuilder, Player, buffer::SamplesBuffer, nz};

const RATE: f32 = 44_100.0;
const SECONDS: f32 = 0.35;
/// A5 and, a moment later, E6.
const TONES: [(f32, f32); 2] = [(0.0, 880.0), (0.09, 1318.5)];
/// At full volume the two tones together stay below clipping.
const LOUDEST: f32 = 0.5;
/// A device that stalls does not keep the thread for ever.
const PATIENCE: Duration = Duration::from_secs(4);

/// Two tones with a soft attack and a long decay.
fn chime(volume: f32) -> Vec<f32> {
    let mut samples = vec![0.0; (RATE * SECONDS) as usize];
    for (start, frequency) in TONES {
        for (at, sample) in samples.iter_mut().skip((start * RATE) as usize).enumerate() {
            let t = at as f32 / RATE;
            let envelope = (1.0 - (-t * 400.0).exp()) * (-t * 12.0).exp();
            *sample += volume * envelope * (std::f32::consts::TAU * frequency * t).sin();
        }
    }
    // The last 10 ms fade, so that the end does not click.
    let fade = (RATE / 100.0) as usize;
    for (at, sample) in samples.iter_mut().rev().take(fade).enumerate() {
        *sample *= at as f32 / fade as f32;
    }
    samples
}

/// Plays the chime at a volume from 0 to 100, in a thread of its own, and returns at once. One at a time.
pub fn play(volume: u8) {
    static PLAYING: AtomicBool = AtomicBool::new(false);
    if volume == 0 || PLAYING.swap(true, Ordering::AcqRel) {
        return;
    }
    let spawned = std::thread::Builder::new().name("sound".into()).spawn(move || {
        if let Err(error) = play_now(f32::from(volume.min(100)) / 100.0 * LOUDEST) {
            say_once(&error.to_string());
        }
        PLAYING.store(false, Ordering::Release);
    });
    if spawned.is_err() {
        PLAYING.store(false, Ordering::Release);
    }
}

/// A machine without sound is no fault: one line in the log, however often it would have rung.
fn say_once(problem: &str) {
    static SAID: Mutex<bool> = Mutex::new(false);
    let Ok(mut said) = SAID.lock() else { return };
    if !std::mem::replace(&mut *said, true) {
        tracing::info!(problem, "no sound");
    }
}

fn play_now(volume: f32) -> Result<(), rodio::DeviceSinkError> {
    // libasound writes to the terminal; this catches it, for this thread only.
    #[cfg(target_os = "linux")]
    let _quiet = alsa::Output::local_error_handler();
    // Not `open_default_sink`: it then tries every device there is, whose libraries print by themselves.
    let mut sink = DeviceSinkBuilder::from_default_device()?.with_error_callback(|_| {}).open_stream()?;
    sink.log_on_drop(false);
    let player = Player::connect_new(sink.mixer());
    player.append(SamplesBuffer::new(nz!(1), nz!(44_100), chime(volume)));
    let started = Instant::now();
    while !player.empty() && started.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(20));
    }
    // What the device still holds.
    std::thread::sleep(Duration::from_millis(150));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chime_neither_clips_nor_clicks() {
        let samples = chime(LOUDEST);
        assert!(samples.iter().all(|sample| sample.abs() < 1.0));
        assert!(samples.iter().any(|sample| sample.abs() > 0.1), "it can be heard");
        assert_eq!(samples.last(), Some(&0.0));
    }
}
