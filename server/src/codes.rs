//! Making codes: the server makes up a code and its OPAQUE record at once, gives the code away and forgets it.

use std::sync::Arc;

use snug_proto::code::{Code, CodeName};
use snug_proto::login::Stretch;
use snug_proto::refusal::Cause;

use crate::clock::Clock;
use crate::offload::Offload;
use crate::store::{CodeRecord, MakeCode, NAMES_DRAWN, NewCode, Store};
use crate::talk::opaque::Setup;

/// Codes stretched at once: each takes 64 MiB for a moment, and a code is nothing anybody waits for every day.
const STRETCHED_AT_ONCE: usize = 1;

/// Where codes are made. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Codes {
    store: Store,
    setup: Arc<Setup>,
    clock: Arc<dyn Clock>,
    stretching: Offload,
}

/// A code that was just made: nobody else has it.
pub(crate) struct Made {
    pub(crate) code: Code,
    /// When it expires, in milliseconds since 1970 UTC.
    pub(crate) expires: Option<i64>,
}

impl Codes {
    pub(crate) fn new(store: Store, setup: Arc<Setup>, clock: Arc<dyn Clock>, simulated: bool) -> Self {
        let stretching = if simulated { Offload::Inline } else { Offload::threads(STRETCHED_AT_ONCE) };
        Self { store, setup, clock, stretching }
    }

    /// Makes a code. One of several uses gets the longer secret.
    ///
    /// # Errors
    /// [`Cause::TooManyInvites`], or what keeps the store from writing.
    pub(crate) async fn make(&self, new: NewCode) -> Result<Made, Cause> {
        // Before the expensive part; the store looks again when it writes.
        if !self.store.may_make_code(new.maker, self.clock.now_ms()).await? {
            return Err(Cause::TooManyInvites);
        }
        let (secret, credential) = (random::<12>(), random::<16>());
        let shared = new.uses > 1;
        let setup = self.setup.clone();
        let record = self.stretching.run(move || {
            let code = Code::new(CodeName::of(0), secret, shared);
            setup.record_of(&credential, &code.secret())
        });
        let record = record.await.map_err(|_| Cause::Internal)?;
        let names: [CodeName; NAMES_DRAWN] =
            std::array::from_fn(|_| CodeName::of(u32::from_le_bytes(random())));
        let record = CodeRecord { credential, record, stretch: Stretch::ARGON2ID_64M };
        let (name, expires) = self.store.make_code(MakeCode { new, record, names }).await?;
        Ok(Made { code: Code::new(name, secret, shared), expires })
    }
}

fn random<const LEN: usize>() -> [u8; LEN] {
    let mut bytes = [0; LEN];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system has randomness");
    bytes
}
