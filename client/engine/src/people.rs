//! Everybody who is known: their own names, by which they log in, and what they look like, which is what others see.

use std::collections::BTreeMap;

use snug_proto::id::AccountId;

use crate::copy::LookRow;

/// Names and looks.
#[derive(Debug, Default)]
pub(crate) struct People {
    own: BTreeMap<AccountId, String>,
    looks: BTreeMap<AccountId, LookRow>,
    /// What is shown: the display name where there is one.
    shown: BTreeMap<AccountId, String>,
}

impl People {
    pub(crate) fn new(own: BTreeMap<AccountId, String>, looks: BTreeMap<AccountId, LookRow>) -> Self {
        let mut people = Self { own, ..Self::default() };
        people.put_looks(looks);
        people
    }

    /// Learns names.
    pub(crate) fn learn(&mut self, names: impl IntoIterator<Item = (AccountId, String)>) {
        for (account, name) in names {
            self.shown.insert(account, self.display(account).unwrap_or(&name).to_owned());
            self.own.insert(account, name);
        }
    }

    /// Takes what everybody looks like.
    pub(crate) fn put_looks(&mut self, looks: BTreeMap<AccountId, LookRow>) {
        self.looks = looks;
        let shown = |(account, own): (&AccountId, &String)| {
            (*account, self.display(*account).unwrap_or(own).to_owned())
        };
        self.shown = self.own.iter().map(shown).collect();
    }

    fn display(&self, account: AccountId) -> Option<&str> {
        self.looks.get(&account).map(|look| look.display.as_str()).filter(|name| !name.is_empty())
    }

    /// The name that is shown.
    pub(crate) fn get(&self, account: &AccountId) -> Option<&String> {
        self.shown.get(account)
    }

    /// What somebody is called, whether they are known or not. Nobody's account is the administrator's: whoever has the
    /// server's machine.
    pub(crate) fn name(&self, account: AccountId) -> String {
        match self.get(&account) {
            Some(name) => name.clone(),
            None if account == AccountId(0) => "The administrator".to_owned(),
            None => "somebody".to_owned(),
        }
    }

    /// The same, where it is about anybody's account.
    pub(crate) fn name_of_one(&self, account: AccountId) -> Option<String> {
        (account != AccountId(0)).then(|| self.name(account))
    }

    /// The account's own name.
    pub(crate) fn own_name(&self, account: AccountId) -> Option<&String> {
        self.own.get(&account)
    }

    /// Everybody's own name.
    pub(crate) fn own(&self) -> &BTreeMap<AccountId, String> {
        &self.own
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &AccountId> {
        self.own.keys()
    }

    /// Who looks otherwise than by their name alone.
    pub(crate) fn looks(&self) -> &BTreeMap<AccountId, LookRow> {
        &self.looks
    }

    /// Every name that somebody can be called by: their own, and the one that is shown.
    pub(crate) fn called(&self) -> impl Iterator<Item = (AccountId, &str)> {
        let own = self.own.iter().map(|(account, name)| (*account, name.as_str()));
        let display = self.own.keys().filter_map(|account| Some((*account, self.display(*account)?)));
        own.chain(display)
    }

    /// The name by which a text that mentions somebody does so.
    pub(crate) fn mentioned(&self, account: AccountId, text: &str) -> Option<String> {
        let (own, text) = (self.own.get(&account)?, text.to_lowercase());
        let stands = |name: &&str| text.contains(&format!("@{}", name.to_lowercase()));
        let said = self.display(account).filter(stands);
        Some(said.or(Some(own.as_str()).filter(stands)).unwrap_or(&self.shown[&account]).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: AccountId = AccountId(1);
    const BOB: AccountId = AccountId(2);

    fn people() -> People {
        let look = LookRow { display: "Allie M".into(), ..LookRow::default() };
        let own = [(ALICE, "alice".to_owned()), (BOB, "bob".to_owned())];
        People::new(own.into(), [(ALICE, look)].into())
    }

    #[test]
    fn what_somebody_is_called_is_shown_and_their_own_name_stays() {
        let mut people = people();
        assert_eq!(people.get(&ALICE).unwrap(), "Allie M");
        assert_eq!(people.own_name(ALICE).unwrap(), "alice");
        let called: Vec<_> = people.called().collect();
        assert_eq!(called, [(ALICE, "alice"), (BOB, "bob"), (ALICE, "Allie M")]);
        people.learn([(AccountId(3), "carol".to_owned())]);
        assert_eq!(people.get(&AccountId(3)).unwrap(), "carol");
        people.put_looks(BTreeMap::new());
        assert_eq!(people.get(&ALICE).unwrap(), "alice");
    }

    #[test]
    fn whoever_has_the_machine_has_a_name_and_no_account() {
        let people = people();
        assert_eq!(people.name(AccountId(0)), "The administrator");
        assert_eq!(people.name(AccountId(9)), "somebody");
        assert_eq!(people.name_of_one(AccountId(0)), None);
        assert_eq!(people.name_of_one(ALICE).unwrap(), "Allie M");
    }

    #[test]
    fn a_mention_stands_as_it_was_written() {
        let people = people();
        assert_eq!(people.mentioned(ALICE, "hi @allie m!").unwrap(), "Allie M");
        assert_eq!(people.mentioned(ALICE, "hi @Alice!").unwrap(), "alice");
        assert_eq!(people.mentioned(ALICE, "hi @Al, as she was called then").unwrap(), "Allie M");
        assert_eq!(people.mentioned(AccountId(9), "@nobody"), None);
    }
}
