"""Intercom's API: reads and writes a help center, and fetches its pictures. Only this package speaks HTTP.

`open_reader` gives a client that can't write, `open_writer` one that can.
"""

from helpsync.intercom.client import Reader, Writer, open_reader, open_writer, region_of_token
from helpsync.intercom.endpoint import REGIONS, ASGIApp, Endpoint
from helpsync.intercom.http import RequestEvent, Timing
from helpsync.intercom.pictures import Picture, PictureReader, open_pictures
from helpsync.intercom.wire import ArticleWrite, CollectionWrite

__all__ = [
    "REGIONS",
    "ASGIApp",
    "ArticleWrite",
    "CollectionWrite",
    "Endpoint",
    "Picture",
    "PictureReader",
    "Reader",
    "RequestEvent",
    "Timing",
    "Writer",
    "open_pictures",
    "open_reader",
    "open_writer",
    "region_of_token",
]
