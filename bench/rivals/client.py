"""What one would write with requests: every page, as CSV or JSON."""

import csv, json, sys, requests

format, url = sys.argv[1:]
session = requests.Session()
session.headers["Authorization"] = "Bearer x"
rows = []
while url:
    page = session.get(url).json()
    rows += page["value"]
    url = page.get("@odata.nextLink")
if format == "json":
    json.dump(rows, sys.stdout)
else:
    out = csv.writer(sys.stdout)
    out.writerow(["id", "name", "customer", "country", "status", "substatus", "value", "currency"])
    for row in rows:
        customer, details = row["customerProfile"], row["details"]
        out.writerow([row["id"], row["name"], customer["name"], customer["address"]["country"], row["status"],
                      row["substatus"], details["dealValue"], details["currency"]])
