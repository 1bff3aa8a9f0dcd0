//! Orders about the settings that can be changed while the server runs.

use serde::{Deserialize, Serialize};
use snug_proto::house::{Act, Setting, SettingInfo, SettingName};
use snug_proto::refusal::Cause;

use super::people::ADMINISTRATOR;
use super::{Answer, Office, Refused};
use crate::config::{self, Settings};
use crate::error::StartError;
use crate::{overview, store};

/// A setting and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    /// What the configuration calls it.
    pub name: String,
    /// What holds.
    pub value: String,
    /// What the configuration says, where it says something else.
    pub configured: Option<String>,
}

impl InForce {
    fn of(info: &SettingInfo) -> Self {
        Self {
            name: info.setting.name().as_str().to_owned(),
            value: config::written(&info.setting),
            configured: info.configured.as_ref().map(config::written),
        }
    }
}

/// What holds on this data folder, whether a server runs on it or not.
///
/// # Errors
/// [`StartError`] when there is a database that cannot be read.
pub fn in_force(settings: &Settings) -> Result<Vec<InForce>, StartError> {
    let kept = store::live_settings(&settings.data)?;
    Ok(overview::settings(&kept, settings).iter().map(InForce::of).collect())
}

impl Office {
    pub(super) async fn settings(&self, name: Option<&str>) -> Result<Answer, Refused> {
        let wanted = name.map(setting_called).transpose()?;
        let kept = self.store.settings().await?;
        let all = overview::settings(&kept, &self.settings);
        let told = all.iter().filter(|info| wanted.is_none_or(|name| info.setting.name() == name));
        Ok(Answer::Settings { settings: told.map(InForce::of).collect() })
    }

    pub(super) async fn set(&self, name: &str, value: &str) -> Result<Answer, Refused> {
        let setting = config::setting(setting_called(name)?, value).map_err(Refused::Sentence)?;
        self.store.act(ADMINISTRATOR, Act::Set(setting)).await?;
        Ok(Answer::Done)
    }

    pub(super) async fn unset(&self, name: &str) -> Result<Answer, Refused> {
        self.store.act(ADMINISTRATOR, Act::Unset(setting_called(name)?)).await?;
        Ok(Answer::Done)
    }

    /// What holds now.
    pub(super) async fn holds(&self, name: SettingName) -> Result<Setting, Cause> {
        let kept = self.store.settings().await?.into_iter().find(|setting| setting.name() == name);
        Ok(kept.unwrap_or_else(|| self.settings.configured(name)))
    }
}

fn setting_called(name: &str) -> Result<SettingName, Refused> {
    SettingName::of(name).ok_or_else(|| {
        let all = SettingName::ALL.map(SettingName::as_str).join(", ");
        Refused::Sentence(format!("What can be set while the server runs is one of: {all}."))
    })
}
