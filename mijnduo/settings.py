"""The only reader of the environment. Each variable, what it means and its default stand in docs/instellingen.md."""

from pathlib import Path

import django_stubs_ext
import environ
from csp.constants import NONE, SELF

from accounts.rules import SESSIE_INACTIEF

django_stubs_ext.monkeypatch()  # lets generic classes of Django, such as ModelAdmin, name their model

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Where we are -------------------------------------------------------------------------------------------------
OMGEVING = env.str("OMGEVING", "productie")  # productie | acceptatie | demo | test (D19); mijnduo.checks refuses others
LOKAAL = OMGEVING in {"demo", "test"}  # on one machine, over plain http
DEBUG = False  # in every environment: a debug page shows settings and local variables
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
BASIS_URL = env.str("BASIS_URL").rstrip("/")  # scheme://host[:port] by which browsers know us; never the Host header
ALLOWED_HOSTS = [BASIS_URL.split("://", 1)[-1].rsplit(":", 1)[0], *env.list("EXTRA_HOSTS", default=[])]
CSRF_TRUSTED_ORIGINS = [BASIS_URL]
VERTROUWDE_PROXIES = env.list(
    "VERTROUWDE_PROXIES", default=[]
)  # addresses or networks; X-Forwarded-For counts from these only

# --- What it consists of ------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "mijnduo.apps.MijnduoConfig",
    "planning",
    "publiek",
    "beheer",
    "autorisatie",
    "koppeling",
    "accounts",
    "verantwoording",
    "mijnduo.apps.BeheersiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.saml",
    "allauth.mfa",
]
MIDDLEWARE = [
    "mijnduo.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.SessieMiddleware",
    "accounts.middleware.AanmeldMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "planning.middleware.TokenMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.OrganisatieMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "mijnduo.urls"
WSGI_APPLICATION = "mijnduo.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mijnduo.context_processors.pagina",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
X_FRAME_OPTIONS = "DENY"

# --- Data ---------------------------------------------------------------------------------------------------------
DATABASES = {"default": {**env.db_url("DATABASE_URL"), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",  # D8
        "LOCATION": "mijnduo_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # past it rows are thrown out: nobody may push out used codes and limits
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
# A file that is uploaded stays in memory, never on a disk (D23), so what is larger is refused before it is read.
FILE_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["mijnduo.uploads.UploadInMemory"]

# --- Who may log in -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = ["accounts.backends.AccountBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 14}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "inloggen"
LOGIN_REDIRECT_URL = "overzicht"
LOGOUT_REDIRECT_URL = "uitgelogd"

SESSION_ENGINE = "accounts.backends"  # database sessions: they can be ended (D8)
SESSION_COOKIE_AGE = int(SESSIE_INACTIEF.total_seconds())
SESSION_SAVE_EVERY_REQUEST = True  # so that the quarter of an hour starts at each request (R17)
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = not LOKAAL
SESSION_COOKIE_NAME = "sessionid" if LOKAAL else "__Host-sessie"
CSRF_COOKIE_SECURE = not LOKAAL
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "csrftoken" if LOKAAL else "__Host-csrf"
CSRF_FAILURE_VIEW = "mijnduo.views.csrf_failure"

# allauth carries the login; which of its pages exist is decided in urls.py, and none creates an account.
ACCOUNT_ADAPTER = "koppeling.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = "gebruikersnaam"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_PRESERVE_USERNAME_CASING = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {
    "login_failed": "5/15m/key,20/15m/ip",
    "aanvraag": "10/h/ip",
    "nieuwsbrief": "10/h/ip",
    "feedback": "10/h/ip",
    "aanvraag_status": "20/15m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if VERTROUWDE_PROXIES else 0
SOCIALACCOUNT_ADAPTER = "koppeling.adapter.EHerkenningAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {"saml": {"provider_class": "koppeling.provider.EHerkenningProvider"}}
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Mijn DUO beheer"

# --- eHerkenning --------------------------------------------------------------------------------------------------
EHERKENNING_HM_METADATA = env.str("EHERKENNING_HM_METADATA")  # file path or https address
EHERKENNING_HM_METADATA_CERT = env.str("EHERKENNING_HM_METADATA_CERT", "")  # file path of who signs it, PEM
EHERKENNING_ENTITY_ID = env.str("EHERKENNING_ENTITY_ID")
EHERKENNING_SP_KEY = env.str("EHERKENNING_SP_KEY")  # file path of the private key, PEM
EHERKENNING_SP_CERT = env.str("EHERKENNING_SP_CERT")  # file path of the certificate, PEM
EHERKENNING_SP_KEY_VORIGE = env.str("EHERKENNING_SP_KEY_VORIGE", "")  # a pair that only decrypts, while keys are rolled
EHERKENNING_SP_CERT_VORIGE = env.str("EHERKENNING_SP_CERT_VORIGE", "")
EHERKENNING_SERVICE_ID = env.str("EHERKENNING_SERVICE_ID")
EHERKENNING_SERVICE_UUID = env.str("EHERKENNING_SERVICE_UUID", "")  # as in the dienstencatalogus
EHERKENNING_MIN_LOA = env.str("EHERKENNING_MIN_LOA", "urn:etoegang:core:assurance-class:loa3")

# --- Secrets of our own -------------------------------------------------------------------------------------------
# name:hex pairs, the first one is used for new codes, the others still verify (R07). Losing it voids open codes only.
ACTIVATIECODE_PEPERS = dict(pair.split(":", 1) for pair in env.list("ACTIVATIECODE_PEPERS"))

# --- Mail and jobs ------------------------------------------------------------------------------------------------
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("MAIL_VAN", "Mijn DUO <noreply@mijnduo.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
ADMINS = [("Beheer", address) for address in env.list("MAIL_STORINGEN", default=[])]
MAIL_DUO = env.str("MAIL_DUO", "zakelijk@mijnduo.example")  # where notices for DUO itself go (R02)
REDIS_URL = env.str("REDIS_URL")

# --- Time and words -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "nl"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Amsterdam"
FORMAT_MODULE_PATH = ["mijnduo.formats"]

# --- Files --------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.str("STATIC_ROOT", str(BASE_DIR / "var" / "static"))
WHITENOISE_USE_FINDERS = LOKAAL
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOKAAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Browsers -----------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = not LOKAAL
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 0 if LOKAAL else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not LOKAAL
SECURE_HSTS_PRELOAD = not LOKAAL
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if VERTROUWDE_PROXIES else None

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "regel": {"()": "mijnduo.storing.KaleOpmaak", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "filters": {"zonder_pad": {"()": "mijnduo.storing.ZonderPad"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "regel", "filters": ["zonder_pad"]},
        "storing": {
            "class": "django.utils.log.AdminEmailHandler",
            "filters": ["zonder_pad"],
            "level": "ERROR",
            "include_html": False,
            "reporter_class": "mijnduo.storing.KaalRapport",
        },
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        "django.request": {"handlers": ["storing"]},
        "fontTools": {"level": "WARNING"},  # these two tell of every step of every PDF
        "weasyprint": {"level": "WARNING"},
    },
}
DEFAULT_EXCEPTION_REPORTER = "mijnduo.storing.KaalRapport"
