"""Weak passwords, as people tell them: templates and words of seven languages, and sentences in which none stands.

In four sets. `A` is what the rules were tried against first; each other one was written before it was read, and read when
what the earlier ones had shown was mended.
"""

from __future__ import annotations

from collections.abc import Iterator

from planted import Planted

__all__ = ["NOT_TOLD", "TOLD", "told"]

WORDS = {
    "A": {"plain": ["sunflower", "butterfly", "hunter", "dragonfly", "kitten", "bluesky"], "cap": ["Sonnenblume", "Barcelona", "Schalke", "Charlotte"], "digits": ["hunter2", "Sommer2024", "luna99", "welcome1", "Fido2019"], "sign": ["Kaffee!", "soleil*", "blue-monkey", "letmein!!"]},
    "B": {"plain": ["marmalade", "tulipan", "papillon", "girasole", "snowball", "liverpool"], "cap": ["Wassermelone", "Juventus", "Margarita", "Rotterdam"], "digits": ["rex2012", "Winter23", "chocolat7", "oma1948", "Passw0rd"], "sign": ["Kuchen!", "fiesta$", "rode-fiets", "pingu_pingu"]},
    "C": {"plain": ["pumpernickel", "whiskers", "gondola", "truffle", "mariposa"], "cap": ["Millennium", "Gryffindor", "Sevilla"], "digits": ["rocky77", "Minou2015", "tango5"], "sign": ["Bella!", "apple-pie", "sol_y_mar"]},
    "D": {"plain": ["mandarin", "flamingo", "nutella", "werder"], "cap": ["Toulouse", "Flaschenpost", "Napoleon"], "digits": ["Kevin88", "gigi2001", "lucky13"], "sign": ["Hallo!!", "casa-blanca", "moon+star"]},
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
TOLD_C = {
    "en": {
        "chat": ["hey whats the netflix pw again? - its {}", "pwd: {} (case sensitive)", "admin password is still {}", "password should be {}", "so the password is now {}!", "Tim: the password for my laptop is {} if you need it", "guest wifi password: {}"],
        "mail": ["We reset your account. Your new password is {}.", "Password for the attachment: {}", "Please find the recording here (password: {}).", "Use the following password to open it: {}", "The password is \"{}\" without the quotes."],
        "notes": ["- bank pw {}", "Spotify password = {}", "NAS\n  user: tom\n  password: {}", "Door PC password -> {}", "**Password:** {}"],
        "readme": ["Default login: admin / {}", "The initial password is `{}`, change it at once.", "The test user's password is `{}`.", "Then type the password ({})."],
    },
    "de": {
        "chat": ["wie war das Passwort? {}", "Passwort is {}", "das pw fürs wlan ist {}", "unser Gäste-WLAN hat das Passwort {}", "Pw: {} ;)"],
        "mail": ["Ihr Einmalpasswort lautet {}.", "Passwort für den Anhang: {}", "Mit dem Kennwort {} kommen Sie hinein."],
        "notes": ["Passwort Router = {}", "**Passwort:** {}", "E-Mail-Passwort: {}"],
        "readme": ["Das Initialpasswort lautet `{}`.", "Das Passwort für den Testbenutzer ist {}."],
    },
    "fr": {
        "chat": ["le mdp c'est toujours {}", "le mot de passe de la box est {}"],
        "mail": ["Votre mot de passe provisoire : {}", "Le document est protégé par le mot de passe {}."],
        "notes": ["**Mot de passe :** {}"],
        "readme": ["Le mot de passe initial est « {} »."],
    },
    "es": {
        "chat": ["la contraseña del wifi es {} jaja", "pon {} como contraseña"],
        "mail": ["Su nueva contraseña es {}.", "La contraseña para abrir el archivo: {}"],
        "notes": ["**Contraseña:** {}"],
        "readme": ["La contraseña inicial es `{}`."],
    },
    "it": {
        "chat": ["la password di casa è {}"],
        "mail": ["Password per il documento: {}"],
        "notes": ["**Password:** {}"],
        "readme": ["La password iniziale è `{}`."],
    },
    "pt": {
        "chat": ["a senha do netflix é {} tá"],
        "mail": ["Sua nova senha é {}."],
        "notes": ["**Senha:** {}"],
        "readme": ["A senha inicial é `{}`."],
    },
    "nl": {
        "chat": ["het ww van de wifi is {}"],
        "mail": ["Uw nieuwe wachtwoord is {}."],
        "notes": ["**Wachtwoord:** {}"],
        "readme": ["Het wachtwoord is standaard `{}`."],
    },
}  # fmt: skip
TOLD_D = {
    "en": {
        "chat": ["the password for the wifi is {}", "password is {}, all lowercase", "login bob password {}", "i think the pw was {}", "new password: {}", "the zip password is {} fyi", "you need the password: {}", "our wifi password is just {}"],
        "mail": ["Your password has been reset to {}.", "Please log in with password {}.", "The password of the archive is {}.", "Password: {}\nThe link expires on Friday.", "I protected the file with the password {}, call me if it fails."],
        "notes": ["wifi cabin: password {}", "laptop password is {}", "- [ ] change router password ({})", "Work account\nuser: t.miller\npass: {}"],
        "readme": ["The admin password is {}.", "Log in using the password `{}`.", "All test accounts have the password `{}`."],
    },
    "de": {
        "chat": ["mein Passwort ist {}", "Passwort: {} (alles klein)", "das Passwort vom Laptop ist {}", "das WLAN-Passwort lautet {} :-)", "nimm das Passwort {}"],
        "mail": ["Bitte verwenden Sie das Passwort {}.", "Das Passwort lautet wie folgt: {}"],
        "notes": ["Amazon: Passwort {}", "WLAN Passwort: {}"],
        "readme": ["Das Standard-Passwort lautet {}."],
    },
    "fr": {
        "chat": ["mon mot de passe est {}", "le mot de passe : {} voilà", "mdp wifi : {}"],
        "mail": ["Utilisez le mot de passe {}.", "Le mot de passe est le suivant : {}"],
        "notes": ["Mot de passe wifi : {}"],
        "readme": ["Connectez-vous avec le mot de passe `{}`."],
    },
    "es": {
        "chat": ["contraseña: {}", "la contraseña nueva es {}"],
        "mail": ["Use la contraseña {}."],
        "notes": ["Contraseña wifi: {}"],
        "readme": ["La contraseña del administrador es `{}`."],
    },
    "it": {
        "chat": ["password: {}", "la password nuova è {}"],
        "mail": ["Usi la password {}."],
        "notes": ["Password wifi: {}"],
        "readme": ["La password di default è {}."],
    },
    "pt": {
        "chat": ["senha: {}", "a senha nova é {}"],
        "mail": ["Use a senha {}."],
        "notes": ["Senha wifi: {}"],
        "readme": ["A senha do administrador é `{}`."],
    },
    "nl": {
        "chat": ["wachtwoord: {}", "het nieuwe wachtwoord is {}"],
        "mail": ["Gebruik het wachtwoord {}."],
        "notes": ["Wachtwoord wifi: {}"],
        "readme": ["Het wachtwoord van de beheerder is `{}`."],
    },
}  # fmt: skip
TOLD = {"A": TOLD_A, "B": TOLD_B, "C": TOLD_C, "D": TOLD_D}
NOT_TOLD = """
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
The password is correct but the user is locked.
A password is a string.
Passwords are hashed with bcrypt.
Your password is about to expire.
The password is invalid.
Password: *
password (string)
The password is case sensitive
your password is weak, choose another
I think my password is expired
Password: minimum eight characters
das Passwort ist leider abgelaufen
Passwort vergessen?
Das Passwort ist korrekt.
Kennwort eingeben
mot de passe oublié
le mot de passe est requis.
contraseña incorrecta
la contraseña es demasiado corta
la password è richiesta.
password dimenticata
esqueci a senha
a senha é necessária.
wachtwoord vergeten
het wachtwoord is te kort
Enter your username and password below.
The password is transmitted in clear text.
password: ${PASSWORD}
The password is derived from the key
pw is annoying
my password is a secret
password is nothing
The password is verified by the server.
Your password is incorrect, try again.
Password: (leave blank)
passwords are stored in the database
The password is never logged.
password - the password to use
What is the password for?
The password is longer than 72 bytes.
reset your password here
Passwort bestätigen
Das Passwort ist unsicher.
Das Passwort ist notwendig, um fortzufahren.
le mot de passe est faible
Mot de passe actuel
la contraseña es débil
Confirmar contraseña
la password è debole
Conferma password
a senha é curta
Confirmar senha
het wachtwoord is zwak
Bevestig wachtwoord
The password is displayed only once.
Password is a required field.
The new password is active immediately.
""".strip().splitlines()


def told(which: str, *, most: int = 100) -> Iterator[Planted]:
    """The templates of a set, each with words of each sort in it.

    Args:
        which: `A` to `D`.
        most: Words of each sort.
    """
    for language, places in TOLD[which].items():
        for place, templates in places.items():
            for template in templates:
                for sort, words in WORDS[which].items():
                    for word in words[:most]:
                        text = f"We met yesterday.\n{template.format(word)}\nSee you.\n"
                        yield Planted(text, word, place, f"{sort} in {language}", None)
