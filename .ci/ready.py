"""ready.py s3|gs|az PORT: makes the bucket 'bench' if need be; succeeds once the server takes requests. Used by 'servers'."""
import base64, email.utils, hashlib, hmac, json, sys, urllib.error, urllib.request

kind, port = sys.argv[1], sys.argv[2]
base = f"http://127.0.0.1:{port}"


def ask(method, url, body=None, headers=None):
    request = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5).status
    except urllib.error.HTTPError as error:
        return error.code


if kind == "s3":
    # 403: it knows the bucket and wants a signature; 404 or 5xx: not ready.
    ok = ask("GET", f"{base}/healthz") == 200 and ask("GET", f"{base}/bench") == 403
elif kind == "gs":
    ok = ask("POST", f"{base}/storage/v1/b?project=test", json.dumps({"name": "bench"}).encode(), {"Content-Type": "application/json"}) in (200, 409)
else:
    # The emulator's well-known account; it is in every manual and opens nothing.
    account, key = "devstoreaccount1", "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    headers = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2023-11-03"}
    canonical = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    text = "PUT\n" + "\n" * 11 + canonical + f"/{account}/{account}/bench\nrestype:container"
    digest = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
    headers |= {"Authorization": f"SharedKey {account}:{base64.b64encode(digest).decode()}", "Content-Length": "0"}
    ok = ask("PUT", f"{base}/{account}/bench?restype=container", None, headers) in (201, 409)
sys.exit(0 if ok else 1)
