//! Alerts of the desktop. Where there is no service for them: one line in the log.

use std::sync::atomic::{AtomicBool, Ordering};

use notify_rust::Notification;

use super::Alert;

/// Who presses an alert does so while it is remembered.
#[cfg(all(unix, not(target_os = "macos")))]
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(600);

/// Shows an alert; a later one of this process takes its place. Comes back true when it is pressed.
pub async fn show(alert: Alert) -> bool {
    match shown(&alert).await {
        Ok(pressed) => pressed,
        Err(error) => {
            static SAID: AtomicBool = AtomicBool::new(false);
            if !SAID.swap(true, Ordering::Relaxed) {
                tracing::info!(problem = kind(&error), "no desktop alerts");
            }
            false
        }
    }
}

/// What failed, without what the alert said.
fn kind(error: &notify_rust::error::Error) -> String {
    let text = format!("{error:?}");
    text.chars().take(120).collect()
}

fn made(alert: &Alert) -> Notification {
    let mut notification = Notification::new();
    notification.appname("Snug").summary(&escaped(&alert.title)).body(&escaped(&alert.body));
    // One alert a process, renewed: a long evening does not fill the screen.
    notification.id(std::process::id());
    notification
}

#[cfg(all(unix, not(target_os = "macos")))]
async fn shown(alert: &Alert) -> Result<bool, notify_rust::error::Error> {
    let mut notification = made(alert);
    notification
        .action("default", "Open")
        .hint(notify_rust::Hint::Category("im.received".into()))
        .hint(notify_rust::Hint::DesktopEntry("snug".into()))
        .hint(notify_rust::Hint::SuppressSound(true));
    let handle = notification.show_async().await?;
    let mut pressed = false;
    let waiting = handle.wait_for_action_async(|response| {
        pressed = matches!(response, notify_rust::NotificationResponse::Default);
    });
    // Some services never say that an alert went away.
    let _ = tokio::time::timeout(PATIENCE, waiting).await;
    Ok(pressed)
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
async fn shown(alert: &Alert) -> Result<bool, notify_rust::error::Error> {
    made(alert).show()?;
    Ok(false)
}

/// Most services read the body as markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_wrote_is_no_markup() {
        assert_eq!(escaped("<b>&amp;\n</b>"), "&lt;b&gt;&amp;amp; &lt;/b&gt;");
    }
}
