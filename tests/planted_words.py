"""Weak passwords, as people tell them: templates and words of seven languages, and sentences in which none stands.

In two halves, `A` and `B`. The first one is what the rules were tried against; the second was written before them and read
when they were done.
"""

from __future__ import annotations

from collections.abc import Iterator

from planted import Planted

__all__ = ["NOT_TOLD", "TOLD", "told"]

WORDS = {
    "A": {"plain": ["sunflower", "butterfly", "hunter", "dragonfly", "kitten", "bluesky"], "cap": ["Sonnenblume", "Barcelona", "Schalke", "Charlotte"], "digits": ["hunter2", "Sommer2024", "luna99", "welcome1", "Fido2019"], "sign": ["Kaffee!", "soleil*", "blue-monkey", "letmein!!"]},
    "B": {"plain": ["marmalade", "tulipan", "papillon", "girasole", "snowball", "liverpool"], "cap": ["Wassermelone", "Juventus", "Margarita", "Rotterdam"], "digits": ["rex2012", "Winter23", "chocolat7", "oma1948", "Passw0rd"], "sign": ["Kuchen!", "fiesta$", "rode-fiets", "pingu_pingu"]},
}  # fmt: skip
TOLD_A = {
    "en": {
        "chat": ["the wifi password is {}", "[10:02] Bob: pw: {} ", "pw is {} btw", "Anna: password's {}, don't tell mum", "oh the netflix password is {} now lol", "it's the old one, password {}", "> password for the zip is {}", "user bob, password {}"],
        "mail": ["Hi Tom,\n\nthe password for the shared drive is {}.\nBest, Ann", "You can log in with the password {} until Friday.", "Your temporary password is {}. Please change it after the first login.", "Username: tom\nPassword: {}\n\nRegards"],
        "notes": ["- router password: {}", "## Wifi\n\nPassword: {}\n", "garage laptop (password: {})", "Printer: admin / pw {}"],
        "readme": ["The default password is {}.", "Log in as `demo` with the password `{}`.", "2. Enter the password \"{}\" when asked.", "The archive is protected with the password **{}**."],
    },
    "de": {
        "chat": ["das wlan passwort ist {}", "Passwort lautet {}", "pw: {}", "Kennwort ist jetzt {} :)", "[21:14] Papa: WLAN-Passwort {}", "ne, das Passwort heißt {}"],
        "mail": ["Hallo Jana,\n\ndas Passwort für den Ordner lautet {}.\n\nGruß", "Dein Kennwort: {}\nBitte bald ändern.", "Anmelden mit Benutzer gast und Passwort {}."],
        "notes": ["- Passwort Drucker: {}", "Fritzbox Kennwort = {}", "PW vom alten Laptop: {}"],
        "readme": ["Das Standardpasswort ist {}.", "Als Passwort wird `{}` eingegeben.", "Das Passwort des Archivs ist „{}“."],
    },
    "fr": {
        "chat": ["le mot de passe du wifi c'est {}", "mdp: {}", "mot de passe : {}", "Léa: le mdp est {}"],
        "mail": ["Bonjour,\n\nvotre mot de passe est {}.\nCordialement", "Le mot de passe pour ouvrir le fichier : {}"],
        "notes": ["- mot de passe box : {}", "Mdp imprimante = {}"],
        "readme": ["Le mot de passe par défaut est `{}`.", "Le mot de passe par défaut est {}."],
    },
    "es": {
        "chat": ["la contraseña es {}", "contraseña del wifi: {}", "Ana: la clave es {} jaja"],
        "mail": ["Hola,\n\nla contraseña del archivo es {}.\nSaludos", "Su contraseña temporal es: {}"],
        "notes": ["- Contraseña router: {}", "clave del portátil: {}"],
        "readme": ["La contraseña por defecto es {}."],
    },
    "it": {
        "chat": ["la password è {}", "la password del wifi è {}", "pw: {} ciao"],
        "mail": ["Ciao,\n\nla password del documento è {}.\nA presto", "La tua nuova password è: {}"],
        "notes": ["- password stampante: {}"],
        "readme": ["La password predefinita è {}."],
    },
    "pt": {
        "chat": ["a senha é {}", "senha do wifi: {}"],
        "mail": ["Olá,\n\na senha do arquivo é {}.\nAbraço"],
        "notes": ["- senha do roteador: {}"],
        "readme": ["A senha padrão é {}."],
    },
    "nl": {
        "chat": ["het wachtwoord is {}", "ww: {}", "wifi wachtwoord is {} hoor"],
        "mail": ["Hoi,\n\nhet wachtwoord van de map is {}.\nGroet"],
        "notes": ["- wachtwoord router: {}"],
        "readme": ["Het standaardwachtwoord is {}."],
    },
}  # fmt: skip
TOLD_B = {
    "en": {
        "chat": ["my password is {} haha", "Mia (14:33): wifi pw = {}", "passwd is {}", "password for the guest network: {}", "try {} as the password", "its {} - thats the password for everything here", "changed the password to {}", "wifi: Home5G / {}"],
        "mail": ["Dear all,\n\nfor the webinar please use the password {} (all lower case).\n", "The meeting password is {}, the link is below.", "I set your password to {} - please change it.", "The PDF is encrypted. Password: {}"],
        "notes": ["* nas login: max, pw: {}", "Streaming password -> {}", "| wifi | password {} |", "pass for the alarm panel is {}"],
        "readme": ["Sign in as admin, password: {}", "By default the password is `{}`.", "Default credentials: user `admin`, password `{}`.", "Use \"{}\" as password."],
    },
    "de": {
        "chat": ["Das neue Passwort ist {}", "wlan pw ist {}", "[08:15] Oma: mein Kennwort lautet {}", "hab das Passwort auf {} geändert", "Passwort war {} glaub ich", "probier mal Passwort {}"],
        "mail": ["Liebe Eltern,\n\ndas Passwort zum Fotoalbum heißt {}.\n\nViele Grüße", "Ihr Passwort lautet: {}", "Das PDF öffnet sich mit dem Passwort {}."],
        "notes": ["* Netflix-Passwort: {}", "Passwort (NAS): {}", "Gäste-WLAN, Kennwort {}"],
        "readme": ["Voreingestellt ist das Passwort `{}`.", "Benutzer: admin, Passwort: {}", "Kennwort ist „{}“."],
    },
    "fr": {
        "chat": ["c'est quoi ? ah oui le mot de passe c'est {}", "le mdp du wifi : {}", "mdp = {}", "essaie le mot de passe {}"],
        "mail": ["Madame,\n\nvoici votre mot de passe : {}\n", "Le mot de passe de la réunion est {}, à demain."],
        "notes": ["* Mot de passe ordinateur : {}", "wifi maison, mdp {}"],
        "readme": ["Mot de passe : `{}`", "Utilisateur admin, mot de passe {}."],
    },
    "es": {
        "chat": ["mi contraseña es {}", "la clave del wifi es {}", "Luis: contraseña {}"],
        "mail": ["Estimados,\n\nla contraseña de la reunión es {}.\n", "Nueva contraseña: {}"],
        "notes": ["* clave wifi = {}", "contraseña ordenador: {}"],
        "readme": ["Usuario admin y contraseña {}."],
    },
    "it": {
        "chat": ["la mia password è {}", "psw: {}", "password wifi {}"],
        "mail": ["Gentile cliente,\n\nla Sua password è {}.\n", "Per aprire il file usa la password {}."],
        "notes": ["* password del portatile: {}"],
        "readme": ["Utente admin, password {}."],
    },
    "pt": {
        "chat": ["minha senha é {}", "a palavra-passe é {}"],
        "mail": ["Bom dia,\n\na senha da reunião é {}.\n"],
        "notes": ["* senha wifi = {}"],
        "readme": ["Usuário admin, senha {}."],
    },
    "nl": {
        "chat": ["mijn wachtwoord is {}", "wifi ww = {}", "t wachtwoord is nu {}"],
        "mail": ["Beste ouders,\n\nhet wachtwoord van het album is {}.\n"],
        "notes": ["* wachtwoord laptop: {}"],
        "readme": ["Gebruiker admin, wachtwoord {}."],
    },
}  # fmt: skip
TOLD = {"A": TOLD_A, "B": TOLD_B}
NOT_TOLD = {
    "A": """
The password is required.
The password is stored hashed.
password: string
Password: required, at least 8 characters
the password is wrong
If the password is incorrect, an error is returned.
Your password is safe with us.
The password is optional
Passwords: never share them
das Passwort ist falsch
Das Passwort ist abgelaufen.
Passwort: erforderlich
Das Kennwort ist nicht gesetzt
le mot de passe est obligatoire
le mot de passe est incorrect.
mot de passe : obligatoire
la contraseña es obligatoria
la contraseña es incorrecta.
la password è obbligatoria
la password è errata.
a senha é obrigatória
a senha é fraca.
het wachtwoord is verplicht
het wachtwoord is onjuist.
Forgot password: click here
My password is too long
the password is what you typed
- password: the password of the user
- `password`: optional
Password - minimum
my password was hacked
the password was leaked
is your password secure?
the password is not accepted
password: see below
Password: enter
Clave: valor
La clave es entender el problema.
la clave es simple
the key is password: always
credentials: include
The pass is open
the mountain pass is closed
pass: true
boarding pass: printed
my ski pass is expired
Ski pass: included
PW: peer wire
la clave es perseverar
The wifi password is on the fridge
the password is in the vault.
password is case-sensitive
his password was obvious
the password is plaintext
""".strip().splitlines(),
    "B": """
The password is mandatory.
The password was reset.
Password is ignored.
the password is visible
password: text
Password: hidden
my password is compromised
The password is generated automatically
if the password is shorter
the password is yours
Das Passwort ist geheim.
das Passwort ist zu kurz
Passwort: mindestens acht Zeichen
Das Passwort ist verschlüsselt
Kennwort: optional
le mot de passe est trop court
le mot de passe est expiré.
mot de passe : oublié
la contraseña es correcta
la contraseña es privada.
contraseña: olvidada
la password è sbagliata
la password è scaduta.
a senha é secreta
a senha é inválida.
het wachtwoord is verlopen
het wachtwoord is fout.
The password is easy to guess
the password is saved
Password: disabled
the password is yet another
your password is everything
the password was lost
password is forgotten
the password is unknown
password: masked
password is mine
password: user's password
Passwort: vergessen
the password is there
- password: credentials
the pass is scenic
pass: failed
first pass: parsing
second pass: optimisation
the pass is over
la clave es importante
La clave: paciencia
clave es primaria
PW: password
the password is sent
The password is also used
a password is weak
the password is expected
password was accepted
""".strip().splitlines(),
}


def told(half: str, *, most: int = 100) -> Iterator[Planted]:
    """A template of each language and place with words of each sort in it.

    Args:
        half: `A` or `B`.
        most: Words of each sort.
    """
    for language, places in TOLD[half].items():
        for place, templates in places.items():
            for template in templates:
                for sort, words in WORDS[half].items():
                    for word in words[:most]:
                        text = f"We met yesterday.\n{template.format(word)}\nSee you.\n"
                        yield Planted(text, word, place, f"{sort} in {language}", None)
