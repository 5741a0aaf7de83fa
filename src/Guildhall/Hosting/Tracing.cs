using Guildhall.Cli;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Guildhall.Hosting;

/// <summary>Sends Guildhall's spans to a collector, in batches and beside the requests. A collector that is away costs its spans and nothing else.</summary>
internal static class Tracing
{
    /// <returns>To be disposed at the end, which sends what is left.</returns>
    public static IDisposable? Start(TracingSettings? settings) => settings is null ? null : Sdk.CreateTracerProviderBuilder()
        .SetResourceBuilder(ResourceBuilder.CreateEmpty().AddService("guildhall", serviceVersion: About.Version, autoGenerateServiceInstanceId: true))
        .AddSource(Telemetry.Source.Name)
        .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(settings.Percent / 100.0)))
        .AddOtlpExporter(exporter =>
        {
            exporter.Endpoint = new Uri(settings.Endpoint, "v1/traces");
            exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        })
        .Build();
}
