"""REST: from requests to calls and back, behind either listener.

In: requests as they were sent.
Out: answers with their headers.
Never: a look at what a call does.
"""
