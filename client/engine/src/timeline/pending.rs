//! What waits in the outbox shows at once: edits, reactions, pins and retractions, as if they were done.

use std::collections::HashMap;

use snug_proto::codec;
use snug_proto::content::Content;
use snug_proto::id::Origin;

use super::{Known, text_item};
use crate::copy::{ItemKind, OutboxState, Stored, Unsent};
use crate::event::{CHIP_NAMES_MAX, CHIPS_MAX, Chip, Delivery, Item, ItemKey, Reactions, What};

/// Lets everything of the outbox that is no message act on the items, in order.
pub(crate) fn apply_pending(items: &mut [Item], unsent: &[Unsent], known: &Known<'_>) {
    let mut by_origin: HashMap<Origin, usize> = HashMap::new();
    let mut by_key: HashMap<ItemKey, usize> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        by_origin.extend(item.origin.map(|origin| (origin, index)));
        by_key.insert(item.key, index);
    }
    for act in unsent.iter().filter(|unsent| unsent.kind != ItemKind::Message) {
        let about = act.about.and_then(|id| by_key.get(&ItemKey::Outbox(id)).copied());
        let find = |origin: Origin| about.or_else(|| by_origin.get(&origin).copied());
        if act.kind == ItemKind::Retract {
            let Ok(Stored::Retract { targets, .. }) = codec::decode_value(&act.body) else { continue };
            let origin = |(_, device, number): &(u32, u64, u64)| Origin {
                device: snug_proto::id::DeviceId(*device),
                number: snug_proto::id::Number(*number),
            };
            for index in targets.iter().map(origin).filter_map(find) {
                retract(&mut items[index]);
            }
            continue;
        }
        match Content::from_body(&act.body) {
            Ok(Content::Edit(edit)) => {
                let Some(index) = find(edit.target) else { continue };
                let item = &mut items[index];
                if let What::Text(text) = &mut item.what {
                    *text = text_item(edit.text.into_string(), &edit.mentions, true, true, known);
                    item.state = match act.state {
                        OutboxState::Queued => Delivery::Queued,
                        _ => Delivery::Sending,
                    };
                }
            }
            Ok(Content::Reaction(reaction)) => {
                let Some(index) = find(reaction.target) else { continue };
                react(
                    &mut items[index].reactions,
                    reaction.emoji.as_str(),
                    reaction.on,
                    &known.name(known.me),
                );
            }
            Ok(Content::Pin(pin)) => {
                let Some(index) = find(pin.target) else { continue };
                items[index].pinned = pin.on;
            }
            _ => {}
        }
    }
}

fn retract(item: &mut Item) {
    item.what = What::Retracted;
    item.reply = None;
    item.reactions = Reactions::default();
    item.source = None;
    item.pinned = false;
}

fn react(reactions: &mut Reactions, emoji: &str, on: bool, me: &str) {
    let Some(index) = reactions.chips.iter().position(|chip| chip.emoji == emoji) else {
        match (on, reactions.chips.len() < CHIPS_MAX) {
            (true, true) => reactions.chips.push(Chip {
                emoji: emoji.to_owned(),
                count: 1,
                mine: true,
                names: vec![me.to_owned()],
            }),
            (true, false) => reactions.more += 1,
            (false, _) => {}
        }
        return;
    };
    let chip = &mut reactions.chips[index];
    if chip.mine == on {
        return;
    }
    chip.mine = on;
    if on {
        chip.count += 1;
        if chip.names.len() < CHIP_NAMES_MAX {
            chip.names.push(me.to_owned());
        }
        return;
    }
    chip.count = chip.count.saturating_sub(1);
    chip.names.retain(|name| name != me);
    if chip.count == 0 {
        reactions.chips.remove(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reaction_counts_once_and_can_be_taken_back() {
        let mut reactions = Reactions::default();
        react(&mut reactions, "👍", true, "alice");
        react(&mut reactions, "👍", true, "alice");
        assert_eq!((reactions.chips.len(), reactions.chips[0].count), (1, 1));
        react(&mut reactions, "👍", false, "alice");
        assert!(reactions.chips.is_empty());
        react(&mut reactions, "👍", false, "alice");
        assert!(reactions.chips.is_empty());
    }

    #[test]
    fn kinds_over_the_bound_are_counted() {
        let mut reactions = Reactions::default();
        for n in 0..30u8 {
            react(&mut reactions, &char::from(b'a' + n).to_string(), true, "alice");
        }
        assert_eq!((reactions.chips.len(), reactions.more), (CHIPS_MAX, 10));
    }
}
