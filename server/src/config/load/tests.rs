use std::path::Path;

use snug_proto::hello::Registration;

use super::*;

fn settings(text: &str) -> Result<Settings, String> {
    with(text, &[])
}

fn with(text: &str, environment: &[(&str, &str)]) -> Result<Settings, String> {
    let path = Path::new("/srv/snug/config.toml");
    let environment = environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    parse(path, text)
        .and_then(|file| with_environment(file, environment))
        .and_then(|file| resolve(file, path))
        .map_err(|error| error.to_string())
}

#[test]
fn the_manual_at_the_root_names_every_setting_with_its_default() {
    let manual = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../config.toml"));
    let text = std::fs::read_to_string(manual).unwrap();
    assert_eq!(parse(manual, &text).unwrap(), File::default());
    // A setting that the manual forgets would read as its default all the same.
    let written: Table = toml::from_str(&text).unwrap();
    let known = defaults();
    assert_eq!(written.keys().collect::<Vec<_>>(), known.keys().collect::<Vec<_>>());
    for table in ["limits", "log"] {
        let keys = |of: &Table| of[table].as_table().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&written), keys(&known));
    }
}

#[test]
fn an_empty_file_means_the_defaults() {
    assert_eq!(settings(""), Ok(Settings::in_folder(Path::new("/srv/snug"))));
}

#[test]
fn the_file_decides_and_folders_are_relative_to_it() {
    let text = "name = \"Cosy\"\nhost = \"::\"\nport = 7000\nregistration = \"closed\"\ndata = \"../var\"\n\
                certs = \"/etc/snug\"\n[limits]\nfile_max = \"2 MiB\"\ndrain_spread = 7\n[log]\nformat = \"json\"";
    let settings = settings(text).unwrap();
    assert_eq!(settings.name, "Cosy");
    assert!(settings.host.is_ipv6());
    assert_eq!(settings.port, 7000);
    assert_eq!(settings.registration, Registration::Closed);
    assert_eq!(settings.data, Path::new("/srv/snug/../var"));
    assert_eq!(settings.certs, Path::new("/etc/snug"));
    assert_eq!(settings.limits.file_max, 2 << 20);
    assert_eq!(settings.limits.drain_spread, Duration::from_secs(7));
    assert_eq!(settings.log.format, LogFormat::Json);
}

#[test]
fn the_environment_has_the_last_word() {
    let environment = [
        ("SNUG_PORT", "7001"),
        ("SNUG_LIMITS__FILE_MAX", "3 GiB"),
        ("SNUG_LOG__ADDRESSES", "true"),
        ("SNUG_CERTIFICATE_NAMES", "chat.example, 192.0.2.7"),
        ("PATH", "/bin"),
        ("SNUG_SEEDS", "100"),
    ];
    let settings = with("port = 7000", &environment).unwrap();
    assert_eq!(settings.port, 7001);
    assert_eq!(settings.limits.file_max, 3 << 30);
    assert!(settings.log.addresses);
    assert_eq!(settings.certificate_names, ["chat.example", "192.0.2.7"]);
}

#[test]
fn every_setting_can_be_set_by_the_environment() {
    for key in all_keys() {
        let value = match key.split_once('.') {
            Some((table, key)) => defaults()[table][key].clone(),
            None => defaults()[&key].clone(),
        };
        let text = match value {
            Value::String(text) => text,
            Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
            Value::Integer(number) => number.to_string(),
            Value::Boolean(yes) => yes.to_string(),
            other => unreachable!("no setting is {}", other.type_str()),
        };
        let name = format!("SNUG_{}", key.to_uppercase().replace('.', "__"));
        assert_eq!(with("", &[(&name, &text)]), settings(""), "{name}");
    }
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_what_was_meant() {
    let told = |text: &str| settings(text).unwrap_err();
    assert_eq!(
        told("port = 1\n\nmax_user = 4\n"),
        "/srv/snug/config.toml, line 3: there is no setting “max_user”. Did you mean “max_users”?"
    );
    assert_eq!(
        told("[limits]\nfiles_max = 4\n"),
        "/srv/snug/config.toml, line 2: there is no setting “limits.files_max”. Did you mean “limits.file_max”?"
    );
    assert!(told("file_max = 4").ends_with("Did you mean “limits.file_max”?"));
    assert!(told("[limit]\nfile_max = 4").ends_with("Did you mean “limits”?"));
    assert!(told("entirely_else = 4").ends_with("lists all of them."));
    assert_eq!(
        with("", &[("SNUG_MAX_USER", "4")]).unwrap_err(),
        "Environment: there is no setting “SNUG_MAX_USER”. Did you mean “SNUG_MAX_USERS”?"
    );
}

#[test]
fn a_value_that_cannot_be_meant_is_told_with_what_to_write() {
    for (text, told) in [
        ("port = \"x\"", "line 1"),
        ("port = 70000", "line 1"),
        ("port", "line 1"),
        ("limits = 4", "line 1"),
        ("host = \"example\"", "“host” is the IP address"),
        ("max_users = 0", "“max_users” is a number from 1"),
        ("name = \"\"", "“name” is a text"),
        ("address = \"a/b\"", "“address”: This is no address"),
        ("registration = \"yes\"", "“registration” is \"open\", \"invite\" or \"closed\""),
        ("certificate_names = [\"häuschen\"]", "neither a host name nor"),
        ("data = \"\"", "“data” is the name of a folder"),
        ("[limits]\nfile_max = \"10 GB\"", "a size such as"),
        ("[limits]\nfile_max = -1", "a size such as"),
        ("[limits]\ndrain_spread = \"1 h\"", "at most"),
        ("[limits]\nlogin_wait_max = 0", "“limits.login_wait_max” is a time from"),
        (
            "[limits]\nunauthenticated_dropped = 101",
            "“limits.unauthenticated_dropped” is a number from 0 to 100",
        ),
        ("[limits]\ndatabase_max = 5", "at least"),
        ("[limits]\nunauthenticated_soft = 300", "“limits.unauthenticated_soft” is a number from 1 to 256"),
        ("[log]\nlevel = \"shout\"", "“log.level”"),
        ("[log]\nformat = \"xml\"", "“log.format”"),
    ] {
        let error = settings(text).unwrap_err();
        assert!(error.contains(told), "{text}: {error}");
    }
    for (name, value) in
        [("SNUG_PORT", "many"), ("SNUG_LOG__ADDRESSES", "maybe"), ("SNUG_LIMITS__FILE_MAX", "big")]
    {
        let error = with("", &[(name, value)]).unwrap_err();
        assert!(error.starts_with(&format!("Environment, {name}: ")), "{error}");
    }
}

#[test]
fn a_file_that_is_not_there_is_told_with_a_way_out() {
    let error = Settings::load(Path::new("/nowhere/config.toml"), []).unwrap_err().to_string();
    assert!(error.contains("/nowhere/config.toml cannot be read") && error.contains("--config"), "{error}");
}
