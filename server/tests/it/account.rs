//! One's own account: another password, what one looks like, and its end.

use opaque_ke::rand::rngs::OsRng;
use opaque_ke::{
    ClientLogin, ClientLoginFinishParameters, ClientRegistration, ClientRegistrationFinishParameters,
    CredentialResponse, Identifiers, RegistrationResponse,
};
use snug_proto::bounded::Bytes;
use snug_proto::login::{LoginReply, Stretch, opaque_context};
use snug_proto::refusal::{Cause, Refusal};
use snug_proto::talk::{Reply, Request};

use crate::raw::{House, Person, Suite};

mod deletion;
mod password;
mod profile;

impl Person {
    /// Proves a password; what finishes the proof. Whoever does not know the password has something to send as well.
    async fn proof_of(&mut self, password: &[u8]) -> Result<Bytes<64>, Refusal> {
        let start = ClientLogin::<Suite>::start(&mut OsRng, password).unwrap();
        let ke1 = Bytes::new(start.message.serialize().to_vec()).unwrap();
        let ke2 = match self.ask(Request::ProofStart { ke1 }).await? {
            Reply::ProofChallenge { ke2, stretch: Stretch(1) } => ke2,
            other => panic!("{other:?}"),
        };
        let context = opaque_context(&self.me.name, &self.raw.exporter());
        let parameters = ClientLoginFinishParameters::new(Some(&context), Identifiers::default(), None);
        let ke2 = CredentialResponse::deserialize(&ke2).unwrap();
        Ok(match start.state.finish(&mut OsRng, password, ke2, parameters) {
            Ok(finish) => Bytes::new(finish.message.serialize().to_vec()).unwrap(),
            Err(_) => Bytes::new([7; 64]).unwrap(),
        })
    }

    /// Begins another password; what sets it.
    async fn record_of(&mut self, password: &[u8]) -> Bytes<192> {
        let start = ClientRegistration::<Suite>::start(&mut OsRng, password).unwrap();
        let request = Bytes::new(start.message.serialize().to_vec()).unwrap();
        let response = match self.ask(Request::PasswordStart { request }).await {
            Ok(Reply::PasswordChallenge { response }) => response,
            other => panic!("{other:?}"),
        };
        let response = RegistrationResponse::deserialize(&response).unwrap();
        let parameters = ClientRegistrationFinishParameters::new(Identifiers::default(), None);
        let finish = start.state.finish(&mut OsRng, password, response, parameters).unwrap();
        Bytes::new(finish.message.serialize().to_vec()).unwrap()
    }

    async fn set_password(&mut self, ke3: Bytes<64>, upload: Bytes<192>) -> Result<Reply, Cause> {
        let request = Request::ChangePassword { ke3, upload, stretch: Stretch(1) };
        self.ask(request).await.map_err(|refusal| refusal.cause)
    }

    pub(crate) async fn change_password(&mut self, old: &[u8], new: &[u8]) -> Result<Reply, Cause> {
        let ke3 = self.proof_of(old).await.map_err(|refusal| refusal.cause)?;
        let upload = self.record_of(new).await;
        self.set_password(ke3, upload).await
    }
}

impl House {
    /// Whether this is somebody's password.
    async fn knows(&self, name: &str, password: &[u8]) -> bool {
        let mut raw = self.dial().await;
        raw.hello().await;
        match raw.login(name, password, None).await {
            LoginReply::Proven => true,
            LoginReply::Refused { refusal, .. } => {
                assert_eq!(refusal.cause, Cause::WrongNameOrPassword);
                false
            }
            other => panic!("{other:?}"),
        }
    }
}
