// What a dashboard file may contain, put together from Grafana's own published types. By themselves they let any
// property into `options` and `custom` and any value into an override; here each kind of panel has its own.
//
// Not in the published types of this version: the query of Prometheus, which is taken from Grafana's own SDK of 11.6,
// and the options of transformations, which may be anything.
import type * as heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as bargauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import type * as raw from '@grafana/schema/dist/esm/raw/dashboard/x/Dashboard_types.gen';
import type { DataLink } from '@grafana/schema/apis/dashboard.grafana.app/v2beta1';
import type { dataquery as PromQuery } from '@grafana/grafana-foundation-sdk/prometheus';

// JSON has no enums: `"thresholds"` is what FieldColorModeId.Thresholds is written as, and 1 what a number of one is.
export type Written<T> = T extends string
  ? `${T}`
  : T extends number
    ? `${T}` extends `${infer N extends number}` ? N : T
    : T extends (infer Item)[]
      ? Written<Item>[]
      : T extends object
        ? { [K in keyof T]: Written<T[K]> }
        : T;

type Query = Omit<PromQuery, '_implementsDataqueryVariant' | 'datasource'> & { datasource: raw.DataSourceRef };
type Standard = Omit<raw.FieldConfig, 'custom' | 'links'> & { links?: DataLink[] };
type Setting<T, Prefix extends string = ''> = {
  [K in keyof T & string]-?: { id: `${Prefix}${K}`; value: NonNullable<T[K]> };
}[keyof T & string];

interface Fields<Custom> {
  defaults: Standard & { custom?: Custom };
  overrides: { matcher: raw.MatcherConfig; properties: (Setting<Standard> | Setting<Custom, 'custom.'>)[] }[];
}
type Of<Type extends string, Options, Custom> = Omit<raw.Panel, 'type' | 'options' | 'fieldConfig' | 'targets'> &
  Required<Pick<raw.Panel, 'id' | 'title' | 'description' | 'gridPos'>> & {
    type: Type;
    options: Options;
    fieldConfig: Fields<Custom>;
    targets: Query[];
  };
type None = { [custom: string]: never };

export interface Panels {
  bargauge: Written<Of<'bargauge', bargauge.Options, None>>;
  heatmap: Written<Of<'heatmap', heatmap.Options, heatmap.FieldConfig>>;
  row: Written<raw.RowPanel>;
  stat: Written<Of<'stat', stat.Options, None>>;
  table: Written<Of<'table', table.Options, table.FieldConfig>>;
  timeseries: Written<Of<'timeseries', timeseries.Options, timeseries.FieldConfig>>;
}

// `target` is the data source's query; the formats are those of Prometheus's annotations.
type Annotation = Omit<raw.AnnotationQuery, 'target'> & {
  target: Pick<PromQuery, 'refId' | 'expr' | 'interval'>;
  titleFormat: string;
  textFormat: string;
};

export type Board = Written<
  Omit<raw.Dashboard, 'panels' | 'annotations'> &
    Required<Pick<raw.Dashboard, 'uid' | 'title' | 'templating' | 'time'>> & { annotations: { list: Annotation[] } }
>;
