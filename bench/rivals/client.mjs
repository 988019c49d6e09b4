// What one would write with fetch: every page, as CSV or JSON.
const [format, first] = process.argv.slice(2);
const rows = [];
for (let url = first; url; ) {
  const page = await (await fetch(url, { headers: { Authorization: "Bearer x" } })).json();
  rows.push(...page.value);
  url = page["@odata.nextLink"];
}
if (format === "json") {
  process.stdout.write(JSON.stringify(rows));
} else {
  const quote = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const lines = rows.map(({ id, name, customerProfile: customer, status, substatus, details }) =>
    [id, name, customer.name, customer.address.country, status, substatus, details.dealValue, details.currency]
      .map((value) => quote(String(value))).join(","));
  process.stdout.write(["id,name,customer,country,status,substatus,value,currency", ...lines].join("\r\n") + "\r\n");
}
