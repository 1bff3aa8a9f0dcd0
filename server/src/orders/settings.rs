//! Orders about the settings that can be changed while the server runs.

use serde::{Deserialize, Serialize};
use snug_proto::house::{Act, SettingInfo, SettingName};

use super::{Answer, Office, Refused};
use crate::config::{self, Settings};
use crate::error::StartError;
use crate::overview;

/// A setting and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingLine {
    /// What the configuration calls it.
    pub name: String,
    /// What holds.
    pub value: String,
    /// What the configuration says, where it says something else.
    pub configured: Option<String>,
}

impl SettingLine {
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
pub fn in_force(settings: &Settings) -> Result<Vec<SettingLine>, StartError> {
    let holds = crate::in_force(settings)?;
    Ok(overview::settings(&holds, settings).iter().map(SettingLine::of).collect())
}

impl Office {
    pub(super) async fn settings(&self, name: Option<&str>) -> Result<Answer, Refused> {
        let wanted = name.map(setting_called).transpose()?;
        let all = overview::settings(&self.hub.in_force(), &self.settings);
        let told = all.iter().filter(|info| wanted.is_none_or(|name| info.setting.name() == name));
        Ok(Answer::Settings { settings: told.map(SettingLine::of).collect() })
    }

    pub(super) async fn set(&self, name: &str, value: &str) -> Result<Answer, Refused> {
        let setting = config::setting(setting_called(name)?, value).map_err(Refused::Sentence)?;
        self.act(Act::Set(setting)).await?;
        Ok(Answer::Done)
    }

    pub(super) async fn unset(&self, name: &str) -> Result<Answer, Refused> {
        self.act(Act::Unset(setting_called(name)?)).await?;
        Ok(Answer::Done)
    }
}

fn setting_called(name: &str) -> Result<SettingName, Refused> {
    SettingName::of(name).ok_or_else(|| {
        let all = SettingName::ALL.map(SettingName::as_str).join(", ");
        Refused::Sentence(format!("What can be set while the server runs is one of: {all}."))
    })
}
