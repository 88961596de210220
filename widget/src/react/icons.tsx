// 20 × 20, drawn with the text's colour. They are decoration: the button around one has the name.
const paths = {
  spark: 'M10 2.5l1.7 4.6a2 2 0 0 0 1.2 1.2l4.6 1.7-4.6 1.7a2 2 0 0 0-1.2 1.2L10 17.5l-1.7-4.6a2 2 0 0 0-1.2-1.2L2.5 10l4.6-1.7a2 2 0 0 0 1.2-1.2z',
  close: 'M5 5l10 10M15 5L5 15',
  send: 'M10 16V4M5 9l5-5 5 5',
  history: 'M3.5 10a6.5 6.5 0 1 0 2-4.7L3.5 7.2M3.5 3.5v3.7h3.7M10 6.5V10l2.6 1.6',
  plus: 'M10 4v12M4 10h12',
  up: 'M6.5 9l3-5.5c1.2 0 2 .9 1.8 2.1L11 8h4.2a1.5 1.5 0 0 1 1.5 1.8l-1 5a1.5 1.5 0 0 1-1.5 1.2H6.5zM6.5 9H3.5v7h3',
  down: 'M13.5 11l-3 5.5c-1.2 0-2-.9-1.8-2.1L9 12H4.8a1.5 1.5 0 0 1-1.5-1.8l1-5A1.5 1.5 0 0 1 5.8 4h7.7zM13.5 11h3V4h-3',
  copy: 'M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3',
  download: 'M10 3.5v9M6 9l4 4 4-4M4 16.5h12',
  retry: 'M16.5 10a6.5 6.5 0 1 1-2-4.7l2 1.9M16.5 3.5v3.7h-3.7',
  lock: 'M5.5 9h9v7.5h-9zM7.5 9V6.5a2.5 2.5 0 0 1 5 0V9',
  back: 'M12 4.5L6.5 10l5.5 5.5',
  trash: 'M4.5 6h11M8 6V4h4v2M6 6l.6 10.5h6.8L14 6',
  alert: 'M10 3l7.5 13h-15zM10 8v4M10 14v.1',
  check: 'M4 10.5l4 4 8-9',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }) {
  const solid = name === 'spark'
  return (
    <svg className={`ilsai-icon ilsai-icon-${name}`} viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false"
      fill={solid ? 'currentColor' : 'none'} stroke={solid ? 'none' : 'currentColor'} strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round">
      <path d={paths[name]} />
    </svg>
  )
}

/** A filled square: stop. */
export function StopIcon() {
  return (
    <svg className="ilsai-icon" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">
      <rect x="5.5" y="5.5" width="9" height="9" rx="2" fill="currentColor" />
    </svg>
  )
}
