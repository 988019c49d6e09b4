//! Sessions, tokens, and who the user is.

use std::sync::Arc;

use referrals_sandbox::DEMO_USER;

use super::Services;
use crate::auth::{
    ExpectedSession, FileStore, KeyringStore, OAuthClient, SecretStore, SessionHandle,
    SessionTokens, StaticToken, TokenProvider,
};
use crate::config::{SettingKey, Settings, StoreChoice, TokenSource};
use crate::error::{Error, Result};
use crate::http::parse_service_url;

impl Services {
    /// The session that these settings choose. Nothing is read yet.
    ///
    /// # Errors
    /// `ErrorKind::Usage` without a home directory.
    pub fn session_handle(&self, settings: &Settings) -> Result<SessionHandle> {
        self.session_handle_in(settings.store(), &settings.profile.value)
    }

    /// The session of a profile in a store. Nothing is read yet.
    ///
    /// # Errors
    /// `ErrorKind::Usage` without a home directory.
    pub fn session_handle_in(&self, store: StoreChoice, profile: &str) -> Result<SessionHandle> {
        let directories = self.directories()?;
        self.warn_of_group([&*directories.state]);
        let store: Arc<dyn SecretStore> = match store {
            StoreChoice::Keyring => Arc::new(KeyringStore::new(self.context.can_prompt())),
            StoreChoice::File => {
                let files = self.session_files()?;
                self.warn_of_group([&*files.path(profile), files.directory()]);
                Arc::new(files)
            }
        };
        Ok(SessionHandle::new(profile, store, directories.state))
    }

    /// The sessions that are stored in files.
    ///
    /// # Errors
    /// `ErrorKind::Usage` without a home directory.
    pub fn session_files(&self) -> Result<FileStore> {
        self.context.prepare_for_files();
        Ok(FileStore::new(self.directories()?.state.join("sessions")))
    }

    /// A client of the sign-in service at `authority`.
    ///
    /// # Errors
    /// `ErrorKind::Usage` for a URL that cannot be one, and those of [`Http::client`].
    pub fn oauth_client(&self, authority: &str) -> Result<OAuthClient> {
        let url = parse_service_url("the authority", authority)?;
        // Certificates that cannot be read are noticed before the browser opens.
        self.http.client(&url)?;
        Ok(OAuthClient::new(Arc::clone(&self.http)))
    }

    /// The access token that replaces the session, if the settings name one.
    ///
    /// # Errors
    /// `ErrorKind::Usage` when it cannot be read or is not a token.
    pub fn static_token(&self, settings: &Settings) -> Result<Option<StaticToken>> {
        match &settings.token {
            Some(TokenSource::File(path)) => {
                self.warn_of_group([&**path]);
                StaticToken::from_file(path).map(Some)
            }
            Some(TokenSource::Variable(name)) => {
                let token = self.context.variable(name).unwrap_or_default();
                StaticToken::from_variable(name, &token).map(Some)
            }
            None => Ok(None),
        }
    }

    /// The user's own addresses on teams: those of the setting, else the name of the sign-in. With `--demo`, one of the
    /// sample data, which is told.
    ///
    /// # Errors
    /// `ErrorKind::Usage` where neither names an address, and `ErrorKind::SignIn` when nobody is signed in.
    pub fn own_addresses(&self) -> Result<&[String]> {
        if let Some(addresses) = self.own_addresses.get() {
            return Ok(addresses);
        }
        let addresses = if self.context.is_demo() {
            self.settings()?;
            self.context.ui().info(&format!("demo: --mine means {DEMO_USER}"));
            vec![DEMO_USER.to_owned()]
        } else {
            self.find_own_addresses()?
        };
        Ok(self.own_addresses.get_or_init(|| addresses))
    }

    fn find_own_addresses(&self) -> Result<Vec<String>> {
        let settings = self.settings()?;
        if let Some(addresses) = settings.own_addresses()? {
            return Ok(addresses);
        }
        let unknown = |message: &str| {
            Error::usage(message)
                .hint("add `me = [\"ada@contoso.com\"]` to the profile, or set REFERRALS_ME")
                .hint("or name the address: `--seller ada@contoso.com`")
        };
        if settings.token.is_some() {
            return Err(unknown("--mine: an access token does not say who you are"));
        }
        let handle = self.session_handle(settings)?;
        if self.is_first_contact()? {
            self.check_first_contact(&handle, settings.store())?;
        }
        let user = handle.require()?.account.user.filter(|user| user.contains('@'));
        Ok(vec![user.ok_or_else(|| unknown("--mine: the sign-in names no e-mail address"))?])
    }

    /// Whether nothing on this machine is from a sign-in: there is neither a profile nor a state directory.
    fn is_first_contact(&self) -> Result<bool> {
        let has_profile = self.config_file()?.profile_names().next().is_some();
        Ok(!has_profile && !self.directories()?.state.exists())
    }

    /// # Errors
    /// `ErrorKind::SignIn` when nobody is signed in. That comes first; a keyring that cannot be used only decides how to.
    fn check_first_contact(&self, handle: &SessionHandle, store: StoreChoice) -> Result<()> {
        let error = Error::sign_in("nobody is signed in on this machine")
            .hint("try it first without an account: `referrals pending --demo`");
        let login = "`referrals login --tenant contoso.com --client-id ID";
        match handle.load() {
            Ok(Some(_)) => Ok(()),
            Err(cause) if store == StoreChoice::Keyring => {
                self.context.ui().verbose(|| cause.report());
                let why = "in a file, because the keyring cannot be used here (-v says why)";
                Err(error.hint(format!("{login} --store file` signs in; {why}")))
            }
            Ok(None) => Err(error.hint(format!("{login}` signs in"))),
            Err(cause) => Err(cause),
        }
    }

    /// Access tokens: the one that replaces the session, else those of the session.
    pub(super) fn token_provider(&self) -> Result<Arc<dyn TokenProvider>> {
        let settings = self.settings()?;
        if let Some(token) = self.static_token(settings)? {
            return Ok(Arc::new(token));
        }
        let expected = expected_session(settings);
        let handle = self.session_handle(settings)?;
        if self.is_first_contact()? {
            self.check_first_contact(&handle, settings.store())?;
        }
        let client = self.oauth_client(settings.authority())?;
        let (clock, ui) = (Arc::clone(self.context.clock()), self.context.ui().clone());
        Ok(Arc::new(SessionTokens::new(handle, expected, client, clock, ui)))
    }
}

/// What the settings require of a session.
pub fn expected_session(settings: &Settings) -> ExpectedSession {
    let chosen = |key| settings.chosen(key).map(str::to_owned);
    ExpectedSession {
        client_id: chosen(SettingKey::ClientId),
        tenant: chosen(SettingKey::Tenant),
        authority: chosen(SettingKey::Authority),
    }
}
