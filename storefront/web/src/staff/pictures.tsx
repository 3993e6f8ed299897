import { useCallback, useRef, useState } from 'preact/hooks';
import { inWords } from '../errors';
import { Button, Problem, useAction, useLoaded } from '../parts';
import { useDesk, useRegularly } from './context';
import { type Picture, createPictureUpload, deletePicture, getPictures } from './documents';
import { KINDS, fileProblem, upload } from './upload';

/** The pictures of a product: upload with a progress bar, their state, and deletion. */
export function Pictures({ productId, name }: { productId: string; name: string }) {
  const { api } = useDesk();
  const read = useCallback(async () => (await api.ask(getPictures, { productId })).getPictures, [api, productId]);
  const { value, problem, load } = useLoaded(read, [productId]);
  useRegularly(load, value?.some((one) => one.status === 'PENDING') ? 2_000 : 30_000);
  return (
    <section aria-labelledby="pictures">
      <h2 id="pictures">Pictures</h2>
      <Problem text={problem} retry={load} />
      <ul class="gallery-edit">
        {value?.map((one) => (
          <One key={one.pictureId} picture={one} name={name} load={load} />
        ))}
      </ul>
      <Upload productId={productId} load={load} />
    </section>
  );
}

function One({ picture, name, load }: { picture: Picture; name: string; load: () => Promise<void> }) {
  const { api } = useDesk();
  const { run, problem } = useAction();
  const small = picture.urls?.find((url) => url.includes('small') && url.endsWith('.webp')) ?? picture.urls?.[0];
  const remove = () =>
    run(async () => {
      try {
        await api.ask(deletePicture, { pictureId: picture.pictureId }, { repeat: false });
      } finally {
        await load();
      }
    });
  const words: Record<string, string> = {
    PENDING: 'Waiting for the file, or being looked at …',
    READY: 'In the shop',
    REFUSED: `Refused: ${picture.reason ?? ''}`,
  };
  return (
    <li>
      {small && <img class="picture" src={small} alt={`${name}`} width="160" height="160" />}
      <p role="status">{words[picture.status] ?? picture.status}</p>
      <Problem text={problem} />
      <Button kind="quiet" label="Delete" name={`Delete this picture of ${name}`} onClick={remove} />
    </li>
  );
}

function Upload({ productId, load }: { productId: string; load: () => Promise<void> }) {
  const { api } = useDesk();
  const input = useRef<HTMLInputElement>(null);
  const [part, setPart] = useState<number>();
  const [problem, setProblem] = useState('');
  const choose = async () => {
    const file = input.current?.files?.[0];
    if (!file || part !== undefined) return;
    const wrong = fileProblem(file);
    setProblem(wrong);
    if (wrong) return;
    setPart(0);
    let pictureId = '';
    try {
      const asked = { productId, contentType: file.type, bytes: file.size };
      const made = (await api.ask(createPictureUpload, { input: asked }, { repeat: false })).createPictureUpload;
      pictureId = made.pictureId;
      const { url, fields } = made;
      const form = (typeof fields === 'string' ? JSON.parse(fields) : fields) as Record<string, string>;
      await upload(url, form, file, setPart);
    } catch (error) {
      setProblem(inWords(error));
      // It would wait for its file for a day, as one of the 20 pictures of the product.
      if (pictureId) await api.ask(deletePicture, { pictureId }).catch(() => undefined);
    } finally {
      setPart(undefined);
      if (input.current) input.current.value = '';
      await load();
    }
  };
  return (
    <div class="field narrow">
      <label for="picture-file">Add a picture</label>
      <input
        ref={input}
        id="picture-file"
        type="file"
        accept={KINDS.join(',')}
        disabled={part !== undefined}
        onChange={() => void choose()}
        aria-describedby="picture-hint"
      />
      <p class="hint" id="picture-hint">
        JPEG, PNG or WebP, at most 10 MB.
      </p>
      {part !== undefined && (
        <label>
          Sending … <progress max={1} value={part} />
        </label>
      )}
      <Problem text={problem} />
    </div>
  );
}
