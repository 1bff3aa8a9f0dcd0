//! What a start finds in its data folder.

use snug_server::Server;
use snug_server::error::StartError;

use crate::raw::House;

async fn start(house: &House) -> Result<(), StartError> {
    Server::bind(house.settings.clone(), house.identity.clone()).await.map(|_| ())
}

#[tokio::test]
async fn one_server_per_store() {
    let mut house = House::new().await;
    assert!(matches!(start(&house).await, Err(StartError::InUse(_))));
    house.stop().await;
    assert!(start(&house).await.is_ok());
}

#[tokio::test]
async fn a_database_without_its_opaque_setup_is_refused() {
    let mut house = House::new().await;
    house.register("alice").await;
    house.stop().await;
    let setup = house.settings.data.join("opaque.setup");
    let kept = house.settings.data.join("kept");
    std::fs::rename(&setup, &kept).unwrap();
    assert!(matches!(start(&house).await, Err(StartError::SetupMissing(_))));
    assert!(!setup.exists(), "nothing was made in its place");
    // Another server's setup is not this one's.
    let mut other = House::new().await;
    other.stop().await;
    std::fs::copy(other.settings.data.join("opaque.setup"), &setup).unwrap();
    assert!(matches!(start(&house).await, Err(StartError::SetupForeign(_))));
    std::fs::rename(&kept, &setup).unwrap();
    assert!(start(&house).await.is_ok());
}

#[tokio::test]
async fn a_taken_port_is_said_in_a_sentence() {
    let house = House::new().await;
    let mut other = House::new().await;
    other.stop().await;
    other.settings.port = house.address.port();
    let error = start(&other).await.unwrap_err();
    assert!(matches!(error, StartError::Listen { .. }));
    assert!(error.to_string().contains("port"), "{error}");
}
