import re

from django.conf import settings
from django.utils import timezone, translation

from staff.access import accesses

LANGUAGES = {code for code, _name in settings.LANGUAGES}


class LanguageMiddleware:
    """Chinese unless the person has switched: a Chinese store's browsers often ask for English without anybody meaning it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in LANGUAGES else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


class StoreMiddleware:
    """Puts the store that the person is looking at, and what they may do there, on the request."""

    WITHOUT = re.compile(r"^/(static/|healthz$|metrics$)")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.store = request.access = None
        request.stores = []
        if not self.WITHOUT.match(request.path_info) and request.user.is_authenticated:
            found = accesses(request.user)
            stores = request.stores = list(found)
            chosen = request.session.get("store")
            store = next((store for store in stores if store.pk == chosen), stores[0] if stores else None)
            if store:
                request.store = store
                request.access = found[store]
                with timezone.override(store.tz):
                    return self.get_response(request)
        return self.get_response(request)
