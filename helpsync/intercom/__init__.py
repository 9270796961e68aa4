"""Intercom's API as the project sees it: the only room that speaks HTTP.

`endpoint` says where and as whom, `client` opens a `Reader` (which cannot write) or a `Writer`, `wire` turns JSON into
model values and back, `lists` reads whole lists, `http` sends with retries, `pace` keeps to the rate limit, `failures`
turns every bad answer into one message; `pictures` fetches what bodies show, from `addresses` that may be asked, where
it is one of the `picture_types`. Nothing is imported here, so that naming a region costs no HTTP library.
"""
