// CloudFront Function on viewer requests. The application has one page, which reads the address itself. Files are those of
// `assets/` and those of the top level, whose names have a dot; every other address is the page's, also with a dot in it.
function handler(event) {
  const request = event.request;
  const parts = request.uri.split('/');
  const isFile = parts[1] === 'assets' || (parts.length === 2 && parts[1].includes('.'));
  if (!isFile) request.uri = '/index.html';
  return request;
}
