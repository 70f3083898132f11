"""The web trader as files, and what a browser is told besides them.

In: the built pages of `web/`, read once at the start; a browser's wish to keep its session.
Out: pages with their headers, packed as the browser likes them; a cookie nobody's script reads.
Never: a file read for a request, a page that is made up of what somebody sent.
"""
