//! Words as they come in talk: a few all the time, most hardly ever (Zipf's law), put together from syllables.

/// How many different words there are.
const VOCABULARY: usize = 50_000;
const SYLLABLES: [&str; 48] = [
    "ka", "re", "mi", "so", "tal", "ven", "or", "an", "li", "du", "pe", "sta", "gro", "ne", "fi", "ber",
    "ul", "ma", "to", "che", "ri", "es", "no", "wa", "bel", "chi", "dor", "en", "fu", "gal", "ho", "in",
    "jo", "ker", "lu", "men", "nil", "ost", "pra", "qui", "ros", "sel", "tur", "ur", "vo", "wil", "yar",
    "zen",
];

/// Chance that is the same every time (xorshift).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
    /// A number from 0 to `bound` - 1.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
    fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

pub(crate) struct Words {
    words: Vec<String>,
    /// The chance of a word and of all that are more common.
    up_to: Vec<f64>,
}

impl Words {
    pub(crate) fn new() -> Self {
        // What is said often is short: one syllable for the first 48, two for the next 2,304, then three.
        let word = |rank: usize| {
            let mut word = SYLLABLES[rank % SYLLABLES.len()].to_owned();
            let mut rest = rank / SYLLABLES.len();
            while rest > 0 {
                word.push_str(SYLLABLES[(rest - 1) % SYLLABLES.len()]);
                rest = (rest - 1) / SYLLABLES.len();
            }
            word
        };
        let mut sum = 0.0;
        let up_to = (1..=VOCABULARY)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        Self { words: (0..VOCABULARY).map(word).collect(), up_to }
    }

    /// The word of a rank, the most common one first.
    pub(crate) fn rank(&self, rank: u64) -> &str {
        &self.words[rank as usize % VOCABULARY]
    }

    fn any(&self, chance: &mut Chance) -> &str {
        let at = chance.part() * self.up_to[VOCABULARY - 1];
        self.rank(self.up_to.partition_point(|up_to| *up_to < at) as u64)
    }

    /// The first letters of a word that somebody uses.
    pub(crate) fn beginning(&self, chance: &mut Chance, letters: usize) -> String {
        loop {
            let word = self.any(chance);
            if word.len() >= letters {
                return word[..letters].to_owned();
            }
        }
    }

    /// What somebody says: mostly a few words, seldom many.
    pub(crate) fn sentence(&self, chance: &mut Chance) -> String {
        let length = 1 + (-(1.0 - chance.part()).ln() * 10.0) as usize;
        let words: Vec<&str> = (0..length.min(120)).map(|_| self.any(chance)).collect();
        words.join(" ")
    }
}
