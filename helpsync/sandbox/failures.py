"""Errors in the shape the API answers them: `error.list` with codes of the 2.9 description's examples."""

from __future__ import annotations

import uuid

from starlette.responses import JSONResponse


class ApiError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field

    def response(self) -> JSONResponse:
        """Return the documented reply: type, request_id, and one error with code, message and, if known, field."""
        error = {"code": self.code, "message": self.message}
        if self.field is not None:
            error["field"] = self.field
        content = {"type": "error.list", "request_id": str(uuid.uuid4()), "errors": [error]}
        return JSONResponse(content, status_code=self.status)


def invalid(message: str, field: str) -> ApiError:
    """Return the error for a parameter whose value can't be taken."""
    return ApiError(400, "parameter_invalid", message, field)


def missing(message: str) -> ApiError:
    """Return the error for a required parameter that is not there (2.9: `parameter_not_found`)."""
    return ApiError(400, "parameter_not_found", message)


def not_found() -> ApiError:
    """Return the error for an item that is not there (2.9: `not_found`)."""
    return ApiError(404, "not_found", "Resource Not Found")
