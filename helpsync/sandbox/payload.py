"""The JSON of a request, checked before anything is written, and the errors of the API."""

from __future__ import annotations

import json
from typing import Any

from helpsync.sandbox.settings import LOCALES

STATES = ("draft", "published")


class ApiError(Exception):
    """A request that the API refuses; the codes are those in the examples of the API's description."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field


def invalid(message: str, field: str) -> ApiError:
    """Return the error for a parameter that has a wrong value."""
    return ApiError(400, "parameter_invalid", message, field)


def missing(message: str) -> ApiError:
    """Return the error for a required parameter that is missing."""
    return ApiError(400, "parameter_not_found", message)


def not_found() -> ApiError:
    """Return the error for an item that doesn't exist."""
    return ApiError(404, "not_found", "Resource Not Found")


class Payload:
    """A JSON object whose values are read by name and type; raises ApiError for a value of another type.

    The methods return None for a missing key. `path` is the place of the object in the request.
    """

    def __init__(self, values: dict[str, Any], path: str = "") -> None:
        self.values = values
        self.path = path

    @classmethod
    def parse(cls, data: bytes, content_type: str) -> Payload:
        """Return the payload of a request; raises ApiError: 415 for another type, 400 if it isn't a JSON object."""
        if content_type.partition(";")[0].strip().lower() != "application/json":
            raise ApiError(415, "media_type_not_supported", "Content-Type must be application/json")
        try:
            values = json.loads(data)
            if b"\\u" in data:
                json.dumps(values, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise ApiError(400, "bad_request", "The request body is not valid JSON") from None
        if not isinstance(values, dict):
            raise ApiError(400, "bad_request", "The request body must be a JSON object")
        return cls(values)

    def name(self, key: str) -> str:
        """Return the key with its path, as errors name it."""
        return f"{self.path}.{key}" if self.path else key

    def text(self, key: str) -> str | None:
        """Return a string; null is not a string."""
        if key not in self.values:
            return None
        value = self.values[key]
        if not isinstance(value, str):
            raise invalid(f"{self.name(key)} must be a string", self.name(key))
        return value

    def filled(self, key: str) -> str | None:
        """Return a string that is not blank."""
        value = self.text(key)
        if value is not None and not value.strip():
            raise invalid(f"{self.name(key)} can't be blank", self.name(key))
        return value

    def number(self, key: str, *, digits: bool = False) -> int | None:
        """Return an integer, with `digits` also from a string of digits; null counts as missing."""
        value = self.values.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            number = value
        elif digits and isinstance(value, str) and value.isascii() and value.isdecimal():
            number = int(value)
        else:
            raise invalid(f"{self.name(key)} must be an integer", self.name(key))
        if number is not None and not 0 <= number < 2**63:
            raise invalid(f"{self.name(key)} is out of range", self.name(key))
        return number

    def choice(self, key: str, known: tuple[str, ...]) -> str | None:
        """Return one of the known values."""
        value = self.text(key)
        if value is not None and value not in known:
            raise invalid(f"{self.name(key)} must be one of {', '.join(known)}", self.name(key))
        return value

    def translations(self) -> dict[str, Payload]:
        """Return the locale blocks of `translated_content`; null, for all or for one locale, counts as missing."""
        value = self.values.get("translated_content")
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise invalid("translated_content must be an object", "translated_content")
        blocks: dict[str, Payload] = {}
        for locale, block in value.items():
            path = f"translated_content.{locale}"
            if locale == "type":
                continue
            if locale not in LOCALES:
                raise invalid(f"{locale} is not a supported locale", path)
            if block is None:
                continue
            if not isinstance(block, dict):
                raise invalid(f"{path} must be an object", path)
            blocks[locale] = Payload(block, path)
        return blocks
