//! A soft edge around what floats.
//!
//! Not iced's shadow: drawn without a graphics card it is not kept inside the part of the frame that is drawn
//! anew, and darkens its surroundings a little more each time. A few faint frames one in the other look as calm.

use iced::Element;
use iced::widget::container;

use crate::theme;

const RINGS: u8 = 5;
const STEP: f32 = 2.0;

/// How wide the edge is on each side.
pub const WIDTH: f32 = RINGS as f32 * STEP;

/// Content with corners of a radius, and a soft edge around it.
pub fn halo<'a, Message: 'a>(content: impl Into<Element<'a, Message>>, radius: f32) -> Element<'a, Message> {
    (1..=RINGS).fold(content.into(), |inside, ring| {
        container(inside).padding(STEP).style(theme::ring(radius + f32::from(ring) * STEP)).into()
    })
}
