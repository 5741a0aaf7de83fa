using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace Guildhall.Console;

/// <summary>A whole page: the view of its subject inside the frame that all pages share.</summary>
internal sealed class Page(ConsoleRequest request, string title, int status, RenderFragment body) : IResult
{
    /// <summary>Components are given all they show. What they are rendered with knows no service but how to escape.</summary>
    private static readonly ServiceProvider Escaping =
        new ServiceCollection().AddSingleton(HtmlEncoder.Create(UnicodeRanges.All)).BuildServiceProvider();

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        await request.LookIntoInboxAsync();
        var bytes = Encoding.UTF8.GetBytes(await RenderAsync());
        request.KeepVisit();
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "text/html; charset=utf-8";
        response.Headers.ContentLanguage = request.Language.Tag;
        response.Headers.Vary = "Accept-Language, Cookie";
        response.ContentLength = bytes.Length;
        await response.BodyWriter.WriteAsync(bytes, httpContext.RequestAborted);
    }

    /// <summary>What the fragment looks like, without the frame.</summary>
    public static async Task<string> RenderAsync(ConsoleRequest request, RenderFragment fragment)
    {
        await using var renderer = new HtmlRenderer(Escaping, NullLoggerFactory.Instance);
        var parameters = ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(Root.Request)] = request, [nameof(Root.Body)] = fragment });
        return PrintablePage.Of(await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<Root>(parameters)).ToHtmlString()));
    }

    private async Task<string> RenderAsync() => "<!doctype html>\n" + await RenderAsync(request, builder =>
    {
        builder.OpenComponent<Frame>(0);
        builder.AddComponentParameter(1, nameof(Frame.Title), title);
        builder.AddComponentParameter(2, nameof(Frame.ChildContent), body);
        builder.CloseComponent();
    });

    /// <summary>Lets every component of the page know the request.</summary>
    private sealed class Root : ComponentBase
    {
        [Parameter]
        public ConsoleRequest Request { get; set; } = null!;

        [Parameter]
        public RenderFragment Body { get; set; } = null!;

        protected override void BuildRenderTree(RenderTreeBuilder builder)
        {
            builder.OpenComponent<CascadingValue<ConsoleRequest>>(0);
            builder.AddComponentParameter(1, "Value", Request);
            builder.AddComponentParameter(2, "IsFixed", true);
            builder.AddComponentParameter(3, "ChildContent", Body);
            builder.CloseComponent();
        }
    }
}
