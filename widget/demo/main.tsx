import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import '@ils/assistant/style.css'
import './demo.css'
import { App } from './App'

createRoot(document.getElementById('page') as HTMLElement).render(<StrictMode><App /></StrictMode>)
