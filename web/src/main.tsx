// SPDX-License-Identifier: Apache-2.0
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { createServices } from './services';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/chart.css';
import './styles/news.css';

createRoot(document.getElementById('root') as HTMLElement).render(<App services={createServices()} />);
