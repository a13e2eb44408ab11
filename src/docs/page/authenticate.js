/** Puts credentials on a request, as the document's security schemes say. */

/** @import { Credentials, UiRequest } from './types.d.ts' */

const encoder = new TextEncoder();

/**
 * @param {string} secret
 * @param {string} message
 * @returns {Promise<string>} lower-case hex
 */
async function hmac(secret, message) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), algorithm, false, ['sign']);
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(message)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * The request as it is sent: administration with the token, every other route below `/v1` signed, the rest as it is. Where what it
 * needs was not typed it goes as it is, and the service says what is missing.
 * @param {UiRequest} request
 * @param {Credentials} credentials
 * @param {number} now milliseconds since the epoch
 * @returns {Promise<UiRequest>}
 */
export async function authenticate(request, credentials, now) {
  const { pathname, search } = new URL(request.url, location.href);
  if (pathname.startsWith('/v1/admin/')) {
    if (credentials.adminToken !== '') request.headers.Authorization = `Bearer ${credentials.adminToken}`;
  } else if (pathname.startsWith('/v1/') && credentials.apiKey !== '' && credentials.secret !== '') {
    // The very text that is sent must be signed, so an object becomes text here.
    if (typeof request.body === 'object') request.body = JSON.stringify(request.body);
    const timestamp = String(now);
    const message = timestamp + request.method.toUpperCase() + pathname + search + (request.body ?? '');
    request.headers['X-PipAI-API-Key'] = credentials.apiKey;
    request.headers['X-PipAI-Timestamp'] = timestamp;
    request.headers['X-PipAI-Signature'] = await hmac(credentials.secret, message);
  }
  return request;
}
