import { useState } from 'preact/hooks';

interface Shown {
  productId: string;
  name: string;
  category?: string | null;
  pictures?: (string | null)[] | null;
}

/** The pictures of a product that a browser can show; the catalogue may have bare file names too. */
export function picturesOf(product: Pick<Shown, 'pictures'>): string[] {
  return (product.pictures ?? []).filter((one): one is string => !!one && /^(https?:\/\/|\/)/.test(one));
}

/** A picture of a product; a drawn one if there is none, or if it cannot be loaded. */
export function Picture({ product, index = 0, eager }: { product: Shown; index?: number; eager?: boolean }) {
  const [failed, setFailed] = useState('');
  const url = picturesOf(product)[index];
  if (!url || url === failed) return <Placeholder product={product} />;
  return (
    <img
      class="picture"
      src={url}
      alt=""
      width="480"
      height="480"
      loading={eager ? 'eager' : 'lazy'}
      onError={() => setFailed(url)}
    />
  );
}

const HUES: Record<string, number> = { kitchen: 28, garden: 128, home: 215 };

/** Calm shapes in the colours of the category, different for each product. */
function Placeholder({ product }: { product: Shown }) {
  const seed = [...product.productId].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7);
  const hue = ((HUES[product.category ?? ''] ?? seed % 360) + (seed % 25) - 12 + 360) % 360;
  const turn = (seed >>> 5) % 360;
  const size = 52 + ((seed >>> 9) % 22);
  const letter = [...product.name.trim()][0]?.toUpperCase() ?? '';
  return (
    <svg
      class="picture drawn"
      viewBox="0 0 200 200"
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      focusable="false"
    >
      <rect width="200" height="200" fill={`hsl(${hue} 38% 88%)`} />
      <g transform={`rotate(${turn} 100 100)`}>
        <circle cx="148" cy="62" r={size} fill={`hsl(${hue} 42% 80%)`} />
        <path d="M-90 160 Q20 84 110 140 T320 120 V320 H-90 Z" fill={`hsl(${(hue + 18) % 360} 36% 72%)`} />
      </g>
      <text
        x="100"
        y="122"
        text-anchor="middle"
        font-size="64"
        font-weight="500"
        opacity="0.8"
        fill={`hsl(${hue} 45% 24%)`}
      >
        {letter}
      </text>
    </svg>
  );
}
