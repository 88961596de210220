import { FeatureCard, UsageIndicator } from '@ils/assistant'

/** What the subscription has. */
export function Plan() {
  return (
    <>
      <div className="title"><h1>Plan</h1><p className="muted">What is part of this shop’s subscription.</p></div>
      <div className="features">
        <FeatureCard feature="ophthalmic">Lenses, coatings, frames and contact lenses, from a sourced handbook.</FeatureCard>
        <FeatureCard feature="sales">Trends, rankings and comparisons of what was sold.</FeatureCard>
        <FeatureCard feature="inventory">Stock, turnover and what to reorder.</FeatureCard>
        <FeatureCard feature="patients" name="Patient Analytics AI">Groups of patients, anonymous at the source.</FeatureCard>
      </div>
      <section className="card"><h2>Queries</h2><UsageIndicator /></section>
    </>
  )
}
