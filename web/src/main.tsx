import './app/styles/layers.css';
import './app/styles/mantine.css';
import '@fontsource-variable/inter/wght.css';
import './app/styles/base.css';
import './app/styles/shell.css';
import './app/styles/shared.css';
import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';
import { startI18n } from '@/shared/i18n';
import { App, styleNonce } from './app/App';

// Dialogs lock scrolling with a style element of their own; it needs the nonce too.
setNonce(styleNonce());

const root = document.getElementById('root');
if (root) void startI18n().then(() => createRoot(root).render(<App />));
