/** A file to S3, by the form of `createPictureUpload`. */

import { Refused, Unreachable } from '../errors';

export const KINDS = ['image/jpeg', 'image/png', 'image/webp'];
export const MOST_BYTES = 10_000_000;

export function fileProblem(file: { type: string; size: number }): string {
  if (!KINDS.includes(file.type)) return 'A picture is a JPEG, PNG or WebP file.';
  if (file.size > MOST_BYTES) return 'A picture has at most 10 MB.';
  return file.size === 0 ? 'This file is empty.' : '';
}

/** XMLHttpRequest, since fetch does not say how much was sent. Raises Refused or Unreachable. */
export function upload(
  url: string,
  fields: Record<string, string>,
  file: Blob,
  progress: (part: number) => void,
): Promise<void> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', file); // S3 ignores fields after the file.
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url);
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = () => reject(new Unreachable('the upload ended early'));
    request.onload = () => {
      if (request.status < 300) resolve();
      else if (request.status >= 500) reject(new Unreachable(`S3 answers ${request.status}`));
      else reject(new Refused('UPLOAD', 'the store refused the file; please choose it again'));
    };
    request.send(form);
  });
}
