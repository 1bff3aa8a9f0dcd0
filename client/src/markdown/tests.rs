use super::*;

fn blocks(text: &str) -> Vec<Block> {
    parse(text, &["bob".into(), "bob.b".into(), "room".into()])
}

fn spans(text: &str) -> Vec<Span> {
    match blocks(text).as_slice() {
        [Block::Text(spans)] => spans.clone(),
        other => panic!("one line of words, not {other:?}"),
    }
}

fn words(spans: &[Span], is: fn(&Style) -> bool) -> Vec<&str> {
    spans.iter().filter(|span| is(&span.style)).map(|span| span.text.as_str()).collect()
}

fn links(text: &str) -> Vec<String> {
    spans(text).into_iter().filter_map(|span| span.link).collect()
}

#[test]
fn words_in_their_kinds() {
    let read = spans("**bold** *italic* _too_ ~~gone~~ `let x` and ***both***");
    assert_eq!(words(&read, |style| style.bold), ["bold", "both"]);
    assert_eq!(words(&read, |style| style.italic), ["italic", "too", "both"]);
    assert_eq!(words(&read, |style| style.strike), ["gone"]);
    assert_eq!(words(&read, |style| style.code), ["let x"]);
}

#[test]
fn chat_is_no_document() {
    assert_eq!(spans("one\ntwo")[0].text, "one\ntwo", "a line break is one");
    assert_eq!(
        spans("<b>not bold</b>").iter().map(|span| span.text.as_str()).collect::<String>(),
        "<b>not bold</b>"
    );
    assert_eq!(spans("<script>\nalert(1)\n</script>")[0].text, "<script>\nalert(1)\n</script>");
    assert_eq!(spans("[a]: https://x.example")[0].text, "[a]: https://x.example", "nothing vanishes");
    assert_eq!(words(&spans("# Title"), |style| style.bold), ["Title"]);
    assert_eq!(spans("   ")[0].text, "   ");
}

#[test]
fn quotes_lists_and_code() {
    let read = blocks("> said\n\n1. one\n2. two\n   - deeper\n\n```rust\nfn x() {}\n```\nafter");
    let [
        Block::Quote(quote),
        Block::List { from: Some(1), items },
        Block::Code { text, pieces },
        Block::Text(_),
    ] = read.as_slice()
    else {
        panic!("{read:?}")
    };
    assert!(matches!(quote.as_slice(), [Block::Text(_)]));
    assert!(matches!(items[1].as_slice(), [Block::Text(_), Block::List { from: None, .. }]));
    assert_eq!(&**text, "fn x() {}");
    assert_eq!(pieces[0].kind, Kind::Word);
}

#[test]
fn addresses_are_links() {
    assert_eq!(links("see https://a.example/x_y_z."), ["https://a.example/x_y_z"]);
    assert_eq!(links("(http://a.example/(b))!"), ["http://a.example/(b)"]);
    assert_eq!(links("bob@a.example"), ["mailto:bob@a.example"]);
    assert_eq!(links("[words](https://a.example)"), ["https://a.example"]);
    assert_eq!(links("snug://a.example:5556/m/1"), ["snug://a.example:5556/m/1"]);
    assert!(links("`https://a.example`").is_empty());
    assert!(links("ftp://a.example file:///etc/passwd").is_empty());
    let read = spans("[press](javascript:alert(1))");
    assert!(read.iter().all(|span| span.link.is_none()));
    assert_eq!(read.iter().map(|span| span.text.as_str()).collect::<String>(), "press (javascript:alert(1))");
}

#[test]
fn names_and_emoji() {
    let read = spans("@bob, @bob.b and @bobby: @room :tada: 10:30:45 `@bob :tada:` mail@bob");
    assert_eq!(words(&read, |style| style.mention), ["@bob", "@bob.b", "@room"]);
    let all: String = read.iter().map(|span| span.text.as_str()).collect();
    assert_eq!(all, "@bob, @bob.b and @bobby: @room 🎉 10:30:45 @bob :tada: mail@bob");
    assert!(is_emoji_only(&blocks("👍🏽 🎉")) && is_emoji_only(&blocks(":tada:")));
    assert!(
        !is_emoji_only(&blocks("👍 yes"))
            && !is_emoji_only(&blocks("🎉🎉🎉🎉"))
            && !is_emoji_only(&blocks("1"))
    );
}

fn depth(blocks: &[Block]) -> usize {
    let inside = |block: &Block| match block {
        Block::Text(_) | Block::Code { .. } => 0,
        Block::Quote(blocks) => 1 + depth(blocks),
        Block::List { items, .. } => 1 + items.iter().map(|item| depth(item)).max().unwrap_or(0),
    };
    blocks.iter().map(inside).max().unwrap_or(0)
}

fn count(blocks: &[Block]) -> usize {
    let inside = |block: &Block| match block {
        Block::Text(spans) => spans.len(),
        Block::Code { .. } => 1,
        Block::Quote(blocks) => count(blocks),
        Block::List { items, .. } => items.iter().map(|item| count(item)).sum(),
    };
    blocks.iter().map(inside).sum()
}

#[test]
fn hostile_texts_stay_in_bounds() {
    let hostile = [
        "> ".repeat(8000) + "deep",
        ">".repeat(16_384),
        (0..60).map(|at| format!("{}- x\n", " ".repeat(at * 2))).collect(),
        "*".repeat(10_000),
        "**a** ".repeat(2000),
        "*a _b ".repeat(2500),
        "[".repeat(16_384),
        "[a](".repeat(4000),
        "`a` ".repeat(4000),
        "@bob ".repeat(3000),
        "https://a.example ".repeat(800),
        format!("```\n{}\n```", "x = \"1\"; ".repeat(1600)),
        "x".repeat(16_384),
        "a\u{0301}\u{0301}".repeat(3000),
        "\u{202e}".repeat(5000),
        "<a ".repeat(5000),
        "&amp;".repeat(3000),
        ":".repeat(16_384),
        "~~".repeat(8000),
        "1. ".repeat(5000),
        "\n".repeat(16_384),
    ];
    for text in &hostile {
        let read = blocks(text);
        let start: String = text.chars().take(12).collect();
        assert!(depth(&read) <= NESTING_MAX, "{start}: {}", depth(&read));
        assert!(count(&read) <= SPANS_MAX, "{start}: {}", count(&read));
        assert!(!read.is_empty(), "{start}");
    }
    assert_eq!(spans(&hostile[3])[0].text.len(), 10_000, "stars that mean nothing are shown as they are");
    assert_eq!(blocks(&hostile[0]), plain(&hostile[0]), "what is too deep is shown as it was typed");
}

#[test]
fn what_is_just_deep_enough_is_read() {
    assert_eq!(depth(&blocks(&("> ".repeat(NESTING_MAX) + "x"))), NESTING_MAX);
    assert_eq!(depth(&blocks(&("> ".repeat(NESTING_MAX + 1) + "x"))), 0);
}
