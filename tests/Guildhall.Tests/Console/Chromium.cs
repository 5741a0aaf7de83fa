using Microsoft.Playwright;

namespace Guildhall.Tests.Console;

/// <summary>One headless Chromium for all browser tests; each takes contexts of its own, which share nothing.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>What the tests need of the machine, and does not come as a package of .NET.</summary>
    private static readonly string[] Executables = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private static string AxePath => Path.Combine(Repository.Root, "tests/browser/node_modules/axe-core/axe.min.js");

    private static readonly Lazy<Task<string>> Axe = new(() => File.ReadAllTextAsync(AxePath));

    private static string? Executable => Array.Find(Executables, File.Exists);

    /// <summary>Why there can be no browser here; null when there can. In CI there has to be one.</summary>
    public static string? Missing =>
        Environment.GetEnvironmentVariable("CI") == "true" ? null
        : Executable is null ? "no Chromium: install it, or run make test"
        : !File.Exists(AxePath) ? "no axe-core: run npm ci in tests/browser, or make test"
        : null;

    public async ValueTask InitializeAsync()
    {
        if (Missing is not null)
        {
            return;
        }

        playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(30_000);
        browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Executable ?? throw new InvalidOperationException("CI has no Chromium in any of " + string.Join(", ", Executables)),
            Args = ["--no-sandbox"], // root has none; the pages are our own
        });
    }

    /// <summary>A window of someone's own, signed in with the token.</summary>
    public async Task<BrowserWindow> OpenAsync(TestService service, string? token = null, string locale = "en-US", bool hasScripts = true)
    {
        var context = await browser!.NewContextAsync(new() { ColorScheme = ColorScheme.Light, Locale = locale, JavaScriptEnabled = hasScripts, BaseURL = service.Address.ToString() });
        context.SetDefaultTimeout(60_000); // a machine that is busy is slow, and not wrong
        if (token is not null)
        {
            await context.AddCookiesAsync([new() { Name = "guildhall-session", Value = token, Url = service.Address.ToString(), HttpOnly = true }]);
        }

        return new BrowserWindow(context, await context.NewPageAsync(), Axe.Value);
    }

    public async ValueTask DisposeAsync()
    {
        await (browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        playwright?.Dispose();
    }
}

/// <summary>A page that is open in a browser, and everything that went wrong in it.</summary>
public sealed class BrowserWindow : IAsyncDisposable
{
    private const int Narrow = 360;

    private const string Rewrite =
        """
        async html => {
            document.open();
            document.write(html.replace(/<script[^>]*><\/script>/g, "")); // what it shows is judged, and nothing runs twice
            document.close();
            while (document.readyState !== "complete") {
                await new Promise(later => setTimeout(later, 5));
            }
        }
        """;

    /// <summary>Every rule of WCAG 2.2 AA and of good practice. What passes is not collected.</summary>
    private const string Judge =
        """
        async () => (await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"], preload: false, elementRef: false })).violations
            .map(found => `${found.id}: ${found.nodes.map(node => node.html.slice(0, 160)).join(" | ")}`)
        """;

    private readonly IBrowserContext context;
    private readonly Task<string> axe;
    private readonly List<string> complaints = [];
    private IPage? judge;

    public BrowserWindow(IBrowserContext context, IPage page, Task<string> axe)
    {
        (this.context, Page, this.axe) = (context, page, axe);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                complaints.Add($"{page.Url}: {message.Text}");
            }
        };
        page.PageError += (_, error) => complaints.Add($"{page.Url}: {error}");
        page.Request += (_, request) =>
        {
            if (new Uri(request.Url).Authority != new Uri(page.Url is "about:blank" ? request.Url : page.Url).Authority)
            {
                complaints.Add($"{page.Url} asked for {request.Url}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the browser's console, and requests to other hosts.</summary>
    public IReadOnlyList<string> Complaints => complaints;

    /// <summary>What axe-core finds on the page in the light and in the dark, and whether it has to be scrolled sideways on a telephone.</summary>
    public async Task<IReadOnlyList<string>> ViolationsAsync()
    {
        var size = Page.ViewportSize!;
        await Page.SetViewportSizeAsync(Narrow, size.Height);
        var isWide = await Page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth");
        await Page.SetViewportSizeAsync(size.Width, size.Height);
        judge ??= await OpenJudgeAsync();
        await judge.EvaluateAsync(Rewrite, await Page.ContentAsync());
        var found = new List<string>();
        foreach (var theme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await judge.EmulateMediaAsync(new() { ColorScheme = theme });
            found.AddRange((await judge.EvaluateAsync<string[]>(Judge)).Select(violation => $"{Page.Url}, {theme}: {violation}"));
        }

        return isWide ? [.. found, $"{Page.Url} is wider than {Narrow} pixels"] : found;
    }

    /// <summary>A page that is written anew for each that is judged: reading axe-core takes longer than judging with it.</summary>
    private async Task<IPage> OpenJudgeAsync()
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(Page.Url);

        // Handed over by the debugger's protocol, which the page's Content-Security-Policy does not bind.
        await page.EvaluateAsync(await axe + ";0");
        return page;
    }

    public ValueTask DisposeAsync() => context.DisposeAsync();
}
