"""What the pages say in German."""

from typing import Final

TEXTS: Final[dict[str, str]] = {
    # Common to all pages
    "common.or": "oder",
    "common.optional": "(freiwillig)",
    "common.logo": "Logo",
    "common.error_title": "Fehler:",
    "common.username": "Benutzername",
    "common.email": "E-Mail-Adresse",
    "common.phone": "Telefonnummer",
    "common.username_or_email": "Benutzername oder E-Mail-Adresse",
    "common.username_or_phone": "Benutzername oder Telefonnummer",
    "common.username_email_or_phone": "Benutzername, E-Mail-Adresse oder Telefonnummer",
    "common.email_or_phone": "E-Mail-Adresse oder Telefonnummer",
    "common.phone_hint": "Mit Landesvorwahl, zum Beispiel +12065550100",
    "common.password": "Passwort",
    "common.new_password": "Neues Passwort",
    "common.repeat_password": "Neues Passwort wiederholen",
    "common.code": "Code",
    "common.continue": "Weiter",
    "common.back": "Zurück",
    "common.start_again": "Von vorn beginnen",
    "common.send_again": "Neuen Code senden",
    "common.sent_again": "Ein neuer Code ist unterwegs.",
    "common.another_way": "Anderen Weg wählen",
    "common.kept": "(erfüllt)",
    "common.broken": "(nicht erfüllt)",
    "common.support_id": "Support-ID: {id}",
    # Signing in
    "sign_in.title": "Anmelden",
    "sign_in.heading": "Anmelden",
    "sign_in.lead": "Melden Sie sich bei Ihrem Konto an.",
    "sign_in.submit": "Anmelden",
    "sign_in.next": "Weiter",
    "sign_in.forgot": "Passwort vergessen?",
    "sign_in.no_account": "Neu hier?",
    "sign_in.sign_up": "Konto erstellen",
    "sign_in.with_provider": "Weiter mit {provider}",
    "sign_in.with_passkey": "Mit einem Passkey anmelden",
    "sign_in.without_password": "Über Ihre Organisation anmelden",
    "sign_in.lookup_label": "Ihre geschäftliche E-Mail-Adresse",
    "sign_in.lookup_submit": "Weiter",
    "sign_in.lookup_unknown": "Mit dieser E-Mail-Adresse meldet sich keine Organisation an.",
    "sign_in.nothing": "Bei dieser Anwendung kann man sich noch nicht anmelden.",
    "sign_in.wrong": "Benutzername oder Passwort ist falsch.",
    "sign_in.missing": "Bitte geben Sie Benutzername und Passwort ein.",
    "sign_in.missing_username": "Bitte geben Sie Ihren Benutzernamen ein.",
    "sign_in.missing_password": "Bitte geben Sie Ihr Passwort ein.",
    "sign_in.restarted": (
        "Die Anmeldung hat zu lange gedauert oder ist beendet. Bitte melden Sie sich noch "
        "einmal an."
    ),
    "sign_in.signed_in_as": "Sie sind angemeldet als",
    "sign_in.continue_as": "Weiter als {name}",
    "sign_in.not_you": "Anderes Konto verwenden",
    "sign_in.choose_account": "Konto wählen",
    # The first factor, where there is a choice
    "factor.title": "Wählen Sie, wie Sie sich anmelden",
    "factor.heading": "Wählen Sie, wie Sie sich anmelden",
    "factor.legend": "Möglichkeiten der Anmeldung",
    "factor.password": "Passwort",
    "factor.email": "Code per E-Mail",
    "factor.sms": "Code per SMS",
    "factor.passkey": "Passkey",
    "factor.password_detail": "Passwort eingeben",
    "factor.email_detail": "Wir senden einen Code an Ihre E-Mail-Adresse",
    "factor.sms_detail": "Wir senden einen Code an Ihr Telefon",
    "factor.passkey_detail": "Fingerabdruck, Gesicht, PIN oder Sicherheitsschlüssel",
    "password.title": "Passwort eingeben",
    "password.heading": "Passwort eingeben",
    "passkey.title": "Mit Ihrem Passkey anmelden",
    "passkey.heading": "Mit Ihrem Passkey anmelden",
    "passkey.lead": "Ihr Gerät fragt nach Fingerabdruck, Gesicht, PIN oder Sicherheitsschlüssel.",
    "passkey.submit": "Passkey verwenden",
    "passkey.no_script": (
        "Passkeys brauchen JavaScript, und das ist ausgeschaltet. Bitte wählen Sie einen "
        "anderen Weg."
    ),
    "passkey.unsupported": (
        "Dieser Browser kann keine Passkeys verwenden. Bitte wählen Sie einen anderen Weg."
    ),
    "passkey.failed": (
        "Mit dem Passkey hat es nicht geklappt. Versuchen Sie es noch einmal oder auf einem "
        "anderen Weg."
    ),
    # Codes
    "code.title": "Code eingeben",
    "code.heading_email": "Sehen Sie in Ihre E-Mails",
    "code.heading_sms": "Sehen Sie auf Ihr Telefon",
    "code.heading_app": "Code Ihrer App eingeben",
    "code.sent_email": "Wir haben einen Code an {destination} gesendet.",
    "code.sent_sms": "Wir haben einen Code per SMS an {destination} gesendet.",
    "code.from_app": (
        "Öffnen Sie Ihre Authentifizierungs-App und geben Sie den Code für dieses Konto ein."
    ),
    "code.from_device": "Geben Sie den Code ein, den die App auf {device} zeigt.",
    "code.submit": "Anmelden",
    "code.missing": "Bitte geben Sie den Code ein.",
    "code.remember": "Dieses Gerät merken",
    "code.remember_detail": (
        "Beim nächsten Mal wird in diesem Browser nicht nach einem Code gefragt."
    ),
    # The second factor: which, and setting it up
    "mfa_choice.title": "Wählen Sie, wie Sie sich ausweisen",
    "mfa_choice.heading": "Zeigen Sie, dass Sie es sind",
    "mfa_choice.lead": "Wählen Sie, wie Sie Ihren Code bekommen möchten.",
    "mfa_choice.legend": "Möglichkeiten der Bestätigung",
    "mfa_choice.app": "Authentifizierungs-App",
    "mfa_choice.sms": "SMS",
    "mfa_choice.email": "E-Mail",
    "mfa_setup.title": "Anmeldung in zwei Schritten einrichten",
    "mfa_setup.heading": "Anmeldung in zwei Schritten einrichten",
    "mfa_setup.lead": "Ihr Konto braucht einen zweiten Schritt. Bitte wählen Sie einen.",
    "mfa_setup.legend": "Zweite Schritte",
    "mfa_setup.app_heading": "Authentifizierungs-App einrichten",
    "mfa_setup.app_lead": (
        "Scannen Sie diesen Code mit einer Authentifizierungs-App und geben Sie dann ein, "
        "was sie zeigt."
    ),
    "mfa_setup.qr": "QR-Code für Ihre Authentifizierungs-App",
    "mfa_setup.secret": (
        "Wenn Sie ihn nicht scannen können, geben Sie diesen Schlüssel in die App ein:"
    ),
    "mfa_setup.device_name": "Name des Geräts",
    "mfa_setup.app_code": "Code aus der App",
    "mfa_setup.submit": "Fertigstellen",
    "mfa_setup.sms_heading": "SMS einrichten",
    "mfa_setup.sms_lead": "Bei jeder Anmeldung senden wir einen Code an Ihr Telefon.",
    "mfa_setup.email_heading": "Codes per E-Mail einrichten",
    "mfa_setup.email_lead": "Bei jeder Anmeldung senden wir einen Code an diese Adresse.",
    "mfa_setup.missing_phone": "Bitte geben Sie Ihre Telefonnummer ein.",
    "mfa_setup.missing_email": "Bitte geben Sie Ihre E-Mail-Adresse ein.",
    # What was refused, and why
    "refused.unknown": "Ein solches Konto gibt es nicht.",
    "refused.disabled": "Dieses Konto ist gesperrt.",
    "refused.temporary_expired": (
        "Ihr vorläufiges Passwort ist zu alt. Bitte fordern Sie ein neues an."
    ),
    "refused.locked": (
        "Zu viele falsche Passwörter. Bitte warten Sie eine Weile und versuchen Sie es dann "
        "noch einmal."
    ),
    "refused.too_often": (
        "Zu viele Versuche. Bitte warten Sie eine Weile und versuchen Sie es dann noch einmal."
    ),
    "refused.code": "Der Code stimmt nicht. Bitte prüfen Sie ihn und versuchen Sie es noch einmal.",
    "refused.code_used": "Dieser Code wurde schon verwendet. Bitte warten Sie auf den nächsten.",
    "refused.cannot_send": (
        "Der Code konnte nicht gesendet werden. Bitte versuchen Sie es später noch einmal."
    ),
    "refused.weak": "Dem Passwort fehlt etwas. Bitte beachten Sie die Liste unten.",
    "refused.security": "Aus Sicherheitsgründen können Sie sich jetzt nicht anmelden.",
    "refused.no_factor": (
        "Dieses Konto hat keinen zweiten Schritt, den es verwenden könnte. Bitte lassen Sie "
        "sich helfen."
    ),
    "refused.taken": "Ein anderes Konto hat diese Adresse oder Nummer schon.",
    # A new password
    "new_password.title": "Neues Passwort wählen",
    "new_password.heading": "Neues Passwort wählen",
    "new_password.lead": "Ihr Passwort wurde für Sie festgelegt. Bitte wählen Sie ein eigenes.",
    "new_password.submit": "Weiter",
    "new_password.differ": "Die beiden Passwörter sind nicht gleich.",
    "new_password.missing": "Bitte geben Sie ein neues Passwort ein.",
    "new_password.missing_attribute": "Bitte füllen Sie dieses Feld aus.",
    # What a password must have
    "policy.label": "Ihr Passwort braucht:",
    "policy.length": "mindestens {count} Zeichen",
    "policy.lower": "einen Kleinbuchstaben",
    "policy.upper": "einen Großbuchstaben",
    "policy.digit": "eine Ziffer",
    "policy.symbol": "ein Sonderzeichen oder ein Leerzeichen",
    # When it cannot go on
    "trouble.title": "Etwas ist schiefgegangen",
    "trouble.heading": "Etwas ist schiefgegangen",
    "trouble.lead": "Auf dieser Seite geht es nicht weiter. Sie können von vorn beginnen.",
    "trouble.unavailable": (
        "Die Anmeldeseiten sind nicht verfügbar. Bitte wenden Sie sich an die Administration."
    ),
    "trouble.unsupported": (
        "Dieses Konto meldet sich auf eine Weise an, die diese Seiten nicht haben."
    ),
    "trouble.forged": "Dieses Formular ist zu alt oder kam nicht von dieser Seite.",
    "trouble.busy": "Daran wird in einem anderen Fenster gearbeitet. Bitte beginnen Sie von vorn.",
    # What is wrong with an application's request
    "error.invalid_request": "Die Anfrage ist fehlerhaft, oder es fehlt etwas.",
    "error.invalid_request_uri": "Diese Anfrage wurde schon verwendet oder ist zu alt.",
    "error.client_id_missing": "Required String parameter 'client_id' is not present",
    "error.redirect_uri_missing": "Required String parameter 'redirect_uri' is not present",
    "error.response_type_missing": "Required String parameter 'response_type' is not present",
    "error.client_not_found": "Eine solche Anwendung gibt es nicht.",
    "error.unauthorized_client": "Diese Anwendung meldet hier niemanden an.",
    "error.no_provider": "Bei dieser Anwendung gibt es niemanden, der Sie anmelden könnte.",
    "error.redirect_mismatch": (
        "Unter dieser Adresse gibt es diese Anwendung nicht (redirect_mismatch)."
    ),
    "error.invalid_hint": "Die Anfrage zum Abmelden kam nicht von uns oder wurde verändert.",
    "error.server_error": "Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es noch einmal.",
    # Making an account
    "sign_up.title": "Konto erstellen",
    "sign_up.heading": "Konto erstellen",
    "sign_up.submit": "Konto erstellen",
    "sign_up.have_account": "Haben Sie schon ein Konto?",
    "sign_up.sign_in": "Anmelden",
    "sign_up.repeat": "Passwort wiederholen",
    "sign_up.without_password": "Ohne Passwort melden Sie sich mit Code oder Passkey an.",
    "sign_up.terms": "Mit dem Erstellen eines Kontos stimmen Sie den {terms} und der {privacy} zu.",
    "sign_up.terms_of_use": "Nutzungsbedingungen",
    "sign_up.privacy_policy": "Datenschutzerklärung",
    "sign_up.closed": (
        "Hier können Sie selbst kein Konto erstellen. Bitte fragen Sie die Betreiber."
    ),
    "sign_up.taken": "Dieser Benutzername ist vergeben. Bitte wählen Sie einen anderen.",
    "sign_up.taken_email": "Zu dieser E-Mail-Adresse gibt es schon ein Konto.",
    "sign_up.taken_phone": "Zu dieser Telefonnummer gibt es schon ein Konto.",
    "sign_up.wrong_form": "Das hat nicht die richtige Form.",
    "sign_up.incomplete": (
        "Einige Angaben fehlen oder stimmen nicht. Bitte sehen Sie sie noch einmal an."
    ),
    "sign_up.weak": "Dem Passwort fehlt etwas. Bitte beachten Sie die Liste unten.",
    "sign_up.unsent": (
        "Ihr Konto ist erstellt, aber es konnte kein Code gesendet werden. Bitte fordern Sie "
        "einen an."
    ),
    # Confirming an account
    "confirm.title": "Konto bestätigen",
    "confirm.heading": "Konto bestätigen",
    "confirm.lead": (
        "Geben Sie den Code ein, den wir Ihnen gesendet haben, oder fordern Sie einen neuen an."
    ),
    "confirm.submit": "Bestätigen",
    "confirm.wrong": (
        "Der Code stimmt nicht. Bitte prüfen Sie ihn und versuchen Sie es noch einmal."
    ),
    "confirm.expired": "Der Code gilt nicht mehr. Bitte fordern Sie einen neuen an.",
    "confirm.too_often": (
        "Zu viele Versuche. Bitte warten Sie eine Weile und versuchen Sie es dann noch einmal."
    ),
    "confirm.alias_taken": "Ein anderes Konto hat diese Adresse schon bestätigt.",
    "confirm.cannot_send": "An dieses Konto kann kein Code gesendet werden.",
    "confirm.done": "Ihr Konto ist bestätigt. Bitte melden Sie sich an.",
    "link.title": "Sehen Sie in Ihre Nachrichten",
    "link.heading": "Sehen Sie in Ihre Nachrichten",
    "link.lead": (
        "Wir haben einen Link an {destination} gesendet. Öffnen Sie ihn, um Ihr Konto zu "
        "bestätigen, und melden Sie sich dann an."
    ),
    "link.lead_unknown": (
        "Öffnen Sie den Link, den wir Ihnen gesendet haben, um Ihr Konto zu bestätigen, und "
        "melden Sie sich dann an."
    ),
    "link.resend": "Link noch einmal senden",
    "link.resent": "Ein neuer Link ist unterwegs.",
    "link.press": "Noch ein Schritt: Bestätigen Sie Ihr Konto mit der Schaltfläche.",
    "link.confirmed": "Ihr Konto ist bestätigt. Sie können sich jetzt anmelden.",
    "link.already": "Ihr Konto ist bestätigt.",
    "link.stale": (
        "Dieser Link ist abgelaufen oder wurde schon verwendet. Bitte fordern Sie einen neuen an."
    ),
    "link.incomplete": (
        "Dieser Link ist nicht vollständig. Bitte öffnen Sie ihn noch einmal aus der Nachricht."
    ),
    "waiting.title": "Warten auf Freigabe",
    "waiting.heading": "Warten auf Freigabe",
    "waiting.lead": (
        "Ihr Konto ist erstellt. Sie können sich anmelden, sobald es jemand freigegeben hat."
    ),
    # A forgotten password
    "forgot.title": "Passwort vergessen?",
    "forgot.heading": "Passwort vergessen?",
    "forgot.lead": (
        "Sagen Sie uns, wer Sie sind, dann senden wir einen Code, mit dem Sie ein neues "
        "Passwort wählen."
    ),
    "forgot.submit": "Code senden",
    "forgot.to_sign_in": "Zurück zur Anmeldung",
    "forgot.by_administrator": (
        "Bitte fragen Sie die Betreiber dieser Anwendung nach einem neuen Passwort."
    ),
    "forgot.no_contact": (
        "Dieses Konto hat keine bestätigte Adresse, an die ein Code gesendet werden könnte."
    ),
    "forgot.not_now": "Das Passwort dieses Kontos kann jetzt nicht zurückgesetzt werden.",
    "forgot.unknown": "Ein solches Konto gibt es nicht.",
    "reset.title": "Neues Passwort wählen",
    "reset.heading": "Neues Passwort wählen",
    "reset.lead": (
        "Geben Sie den Code ein, den wir Ihnen gesendet haben, und wählen Sie ein neues Passwort."
    ),
    "reset.required": "Sie müssen Ihr Passwort ändern, bevor Sie sich wieder anmelden können.",
    "reset.submit": "Passwort ändern",
    "reset.used_before": "Dieses Passwort hatten Sie schon einmal. Bitte wählen Sie ein anderes.",
    "reset.done": "Ihr Passwort ist geändert. Bitte melden Sie sich damit an.",
    # A new passkey
    "passkey_add.title": "Passkey hinzufügen",
    "passkey_add.heading": "Passkey hinzufügen",
    "passkey_add.lead": (
        "Mit einem Passkey melden Sie sich mit Fingerabdruck, Gesicht, PIN oder "
        "Sicherheitsschlüssel an."
    ),
    "passkey_add.submit": "Passkey erstellen",
    "passkey_add.later": "Jetzt nicht",
    "passkey_add.no_script": "Passkeys brauchen JavaScript, und das ist ausgeschaltet.",
    "passkey_add.unsupported": "Dieser Browser kann keine Passkeys erstellen.",
    "passkey_add.failed": (
        "Der Passkey konnte nicht erstellt werden. Bitte versuchen Sie es noch einmal."
    ),
    "passkey_add.exists": "Auf diesem Gerät gibt es schon einen Passkey für Ihr Konto.",
    "passkey_add.too_many": "Dieses Konto hat so viele Passkeys, wie es haben kann.",
    "passkey_add.unavailable": "Passkeys können hier nicht verwendet werden.",
    # The end
    "sign_out.title": "Abmelden",
    "sign_out.heading": "Möchten Sie sich abmelden?",
    "sign_out.lead": "Eine Anwendung möchte Sie hier von Ihrem Konto abmelden.",
    "sign_out.submit": "Abmelden",
    "signed_out.title": "Abgemeldet",
    "signed_out.heading": "Sie sind abgemeldet",
    "signed_out.lead": "Sie können dieses Fenster schließen.",
    # Attributes, as people call them
    "attribute.address": "Anschrift",
    "attribute.birthdate": "Geburtsdatum",
    "attribute.email": "E-Mail-Adresse",
    "attribute.family_name": "Nachname",
    "attribute.gender": "Geschlecht",
    "attribute.given_name": "Vorname",
    "attribute.locale": "Sprache und Region",
    "attribute.middle_name": "Zweiter Vorname",
    "attribute.name": "Name",
    "attribute.nickname": "Spitzname",
    "attribute.phone_number": "Telefonnummer",
    "attribute.picture": "Adresse eines Bildes",
    "attribute.preferred_username": "Bevorzugter Benutzername",
    "attribute.profile": "Adresse einer Profilseite",
    "attribute.website": "Website",
    "attribute.zoneinfo": "Zeitzone",
    # A device without a browser
    "error.not_found": "Eine solche Seite gibt es nicht.",
    "device.title": "Gerät verbinden",
    "device.heading": "Gerät verbinden",
    "device.lead": "Geben Sie den Code ein, den Ihr Gerät zeigt.",
    "device.code": "Code auf Ihrem Gerät",
    "device.unknown": "Dieser Code ist nicht bekannt oder abgelaufen.",
    "device.too_many": "Es wurden zu viele Codes versucht. Bitte warten Sie eine Minute.",
    "device.ask_heading": "Dieses Gerät erlauben?",
    "device.ask_lead": "{client} auf einem Gerät möchte sich als {name} anmelden.",
    "device.ask_warning": (
        "Erlauben Sie es nur, wenn Ihr eigenes Gerät in diesem Augenblick diesen Code zeigt."
    ),
    "device.allow": "Erlauben",
    "device.deny": "Nicht erlauben",
    "device.allowed": "Ihr Gerät ist angemeldet. Sie können diese Seite schließen.",
    "device.denied": "Ihr Gerät wurde nicht angemeldet. Sie können diese Seite schließen.",
}
