import { X509Certificate, createPrivateKey } from "node:crypto";
import { expect, it } from "vitest";
import { makeCertificate } from "../../dev/certificates.ts";

it("makes a certificate for localhost and 127.0.0.1, signed with its own key", () => {
  const { keyPem, certPem } = makeCertificate();
  const certificate = new X509Certificate(certPem);

  expect(certificate.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1");
  expect(certificate.checkHost("localhost")).toBe("localhost");
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(certificate.checkHost("example.org")).toBeUndefined();
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
  expect(certificate.ca).toBe(true);
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
});

it("is valid from a day before the given time to a year after", () => {
  const certificate = new X509Certificate(makeCertificate(Date.UTC(2026, 5, 15, 12)).certPem);

  expect(certificate.validFromDate).toEqual(new Date(Date.UTC(2026, 5, 14, 12)));
  expect(certificate.validToDate).toEqual(new Date(Date.UTC(2027, 5, 15, 12)));
});

it("differs each time", () => {
  const [first, second] = [makeCertificate(), makeCertificate()].map(({ certPem }) => new X509Certificate(certPem));

  expect(first?.serialNumber).not.toBe(second?.serialNumber);
  expect(first?.publicKey.equals(second?.publicKey ?? first.publicKey)).toBe(false);
});
