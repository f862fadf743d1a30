"""Asks for a key, and then for things, as programs for ELM do. Each argument is a step; each line of output
tells what came of it."""
import json
import sys
from urllib.parse import parse_qs, urlparse

import requests
from requests_oauthlib import OAuth1, OAuth1Session

base, step, *rest = sys.argv[1:]


def request_key(name, secret):
    body = {"trusted": False, "secretType": "string", "name": name, "secret": secret}
    answer = requests.post(f"{base}/jts/oauth-request-consumer", json=body)
    print(answer.status_code, answer.headers["content-type"], answer.json()["key"])


def two_legged(key, secret, method, path, body=None):
    auth = OAuth1(key, secret, signature_method=method, force_include_body=body is not None)
    if body is None:
        answer = requests.get(f"{base}{path}", auth=auth)
    else:
        headers = {"content-type": "application/json"}
        answer = requests.post(f"{base}{path}", auth=auth, headers=headers, data=body)
    print(answer.status_code, answer.headers.get("www-authenticate"), answer.text)


def three_legged(key, secret, user, password, path):
    callback = "http://127.0.0.1:1/back?state=a%20b"
    session = OAuth1Session(key, client_secret=secret, callback_uri=callback)
    session.fetch_request_token(f"{base}/jts/oauth-request-token")
    url = session.authorization_url(f"{base}/jts/oauth-authorize")
    person = requests.Session()
    person.auth = (user, password)
    page = person.get(url, headers={"accept": "text/html"}, allow_redirects=False)
    print("page", page.status_code, page.text.count("wants to act as you"), page.headers.get("content-security-policy"))
    if page.status_code == 200:
        token = parse_qs(urlparse(url).query)["oauth_token"][0]
        form = {"oauth_token": token, "decision": "allow"}
        page = person.post(f"{base}/jts/oauth-authorize", data=form, allow_redirects=False)
    print("back", page.status_code, page.headers["location"].split("&oauth_token")[0])
    session.parse_authorization_response(page.headers["location"])
    session.fetch_access_token(f"{base}/jts/oauth-access-token")
    answer = session.get(f"{base}{path}")
    print("asked", answer.status_code, answer.text)
    ended = session.post(f"{base}/jts/oauth-expire-token")
    again = session.get(f"{base}{path}")
    print("ended", ended.status_code, again.status_code, again.headers["www-authenticate"])


{"request-key": request_key, "two-legged": two_legged, "three-legged": three_legged}[step](*rest)
